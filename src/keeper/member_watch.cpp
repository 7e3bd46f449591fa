// Tells how the processes of an adopted job end that are not its command.
#include "keeper/member_watch.hpp"

#include "keeper/fate.hpp"
#include "keeper/state_file.hpp"
#include "sys/pidfd.hpp"
#include "sys/process_info.hpp"

#include <algorithm>
#include <sys/epoll.h>

namespace outlast::keeper {
namespace {

using twin::Member;

bool is_gone(const Member& member) {
    const auto stat = sys::read_process_stat(member.pid);
    return !stat || stat->start_ticks != member.start;
}

} // namespace

void MemberWatch::begin(sys::EventLoop& loop) {
    const std::size_t count = std::min<std::size_t>(m_state.member_count, m_state.members.size());
    for (std::size_t i = 1; i < count; ++i) {
        const Member& member = m_state.members[i];
        if (member.pidfd <= 0 || member.ended != 0) continue;
        // Edge-triggered: a zombie stays readable until it is reaped, which is told once more
        // (EPOLLHUP, Linux 6.9).
        (void)loop.watch(member.pidfd, EPOLLIN | EPOLLET,
                         [this, &loop, i](std::uint32_t events) { look(loop, i, events); });
        if (sys::has_ended(member.pidfd)) look(loop, i, 0);
    }
}

void MemberWatch::look(sys::EventLoop& loop, std::size_t index, std::uint32_t events) {
    Member& member = m_state.members[index];
    if (member.ended != 0) return;
    const bool is_over = (events & EPOLLHUP) != 0 || is_gone(member);
    if (!is_over && !end_of_member(m_state, member)) return;
    tell(index);
    member.ended = 1;
    loop.forget(member.pidfd);
    m_on_end();
}

bool MemberWatch::is_done() const {
    const std::size_t count = std::min<std::size_t>(m_state.member_count, m_state.members.size());
    return std::all_of(m_state.members.begin(), m_state.members.begin() + count,
                       [](const Member& each) { return each.pidfd <= 0 || each.ended != 0; });
}

void MemberWatch::tell(std::size_t index) {
    const Member& member = m_state.members[index];
    const auto status = end_of_member(m_state, member);
    append_event(m_state, "process-ended", [&](JsonWriter& event) {
        event.member("pid", member.pid).member("name", member.name.data());
        if (!status) return;
        if (const auto* exited = std::get_if<sys::Exited>(&*status))
            event.member("kind", "exited").member("code", exited->code);
        if (const auto* signaled = std::get_if<sys::Signaled>(&*status))
            event.member("kind", "signaled").member("signal", signaled->signal);
    });
}

} // namespace outlast::keeper
