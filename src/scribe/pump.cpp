// Moves bytes from the job's terminal to the log.
#include "scribe/pump.hpp"

#include "sys/clock.hpp"
#include "sys/feature.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace outlast::scribe {
namespace {

constexpr std::size_t chunk = std::size_t{64} << 10;
constexpr std::size_t enough_in_pipe = std::size_t{32} << 10; ///< written out at once from here on
constexpr std::uint64_t fair_share = std::uint64_t{1} << 20;  ///< then other events get their turn

// One buffer for the slow paths, in .bss: no allocation and no large stack.
std::array<char, 4096> slow_buffer;

bool is_full(int error_number) noexcept { return error_number == ENOSPC || error_number == EDQUOT; }

} // namespace

Pump::Pump(const twin::SharedState& state, log::LiveBlock& live, log::TimelineWriter& timeline,
           log::LogBound& bound)
    : m_master(state.fds.master), m_pipe_read(state.fds.pipe_read),
      m_pipe_write(state.fds.pipe_write), m_log(state.fds.log), m_live(live), m_timeline(timeline),
      m_bound(bound), m_can_splice_in(!sys::is_switched_off(sys::Feature::splice)),
      m_can_splice_out(m_can_splice_in) {
    struct stat info {};
    if (::fstat(m_log, &info) == 0) m_offset = static_cast<std::uint64_t>(info.st_size);
    m_live.log_end.store(m_offset);
}

std::size_t Pump::pipe_level() const {
    int bytes = 0;
    if (::ioctl(m_pipe_read, FIONREAD, &bytes) != 0 || bytes < 0) return 0;
    return static_cast<std::size_t>(bytes);
}

Pump::Outcome Pump::run() {
    const std::uint64_t before = m_offset;
    m_in_pipe = pipe_level();
    // Not past the next look at the bound, so that a small log stays small.
    const std::uint64_t end =
        std::clamp(m_bound.next_check(), before + enough_in_pipe, before + fair_share);
    while (m_offset < end) {
        const Fill fill = fill_pipe();
        const bool pause = fill != Fill::moved;
        if (m_in_pipe >= enough_in_pipe || (pause && m_in_pipe > 0)) {
            empty_pipe();
            if (fill == Fill::pipe_full) continue;
        }
        if (fill == Fill::ended) {
            note_progress(before);
            return Outcome::terminal_ended;
        }
        if (pause) {
            note_progress(before);
            return Outcome::idle;
        }
    }
    note_progress(before);
    return Outcome::more;
}

void Pump::note_progress(std::uint64_t before) {
    if (m_offset == before) return;
    const Nanoseconds now = sys::realtime_now();
    m_timeline.note_output(now, before);
    m_live.log_end.store(m_offset);
    m_live.last_output.store(now);
    if (m_offset >= m_bound.next_check()) m_bound.enforce(m_offset);
}

Pump::Fill Pump::fill_pipe() {
    if (m_master < 0) {
        m_in_pipe = pipe_level();
        return Fill::empty;
    }
    if (!m_can_splice_in) return fill_by_copy();
    const ssize_t moved = ::splice(m_master, nullptr, m_pipe_write, nullptr, chunk,
                                   SPLICE_F_NONBLOCK | SPLICE_F_MOVE);
    if (moved > 0) {
        m_in_pipe += static_cast<std::size_t>(moved);
        return Fill::moved;
    }
    if (moved == 0 || errno == EIO) return Fill::ended;
    if (errno == EINTR) return Fill::moved;
    if (errno == EINVAL) {
        m_can_splice_in = false;
        return fill_by_copy();
    }
    // EAGAIN: the terminal is empty, or the pipe has no free buffer.
    return m_in_pipe > 0 ? Fill::pipe_full : Fill::empty;
}

Pump::Fill Pump::fill_by_copy() {
    if (m_in_pipe > 0) return Fill::pipe_full;
    const ssize_t count = ::read(m_master, slow_buffer.data(), slow_buffer.size());
    if (count == 0 || (count < 0 && errno == EIO)) return Fill::ended;
    if (count < 0) return errno == EINTR ? Fill::moved : Fill::empty;
    // The pipe is empty and takes 4,096 bytes at least (PIPE_BUF): this never blocks.
    if (::write(m_pipe_write, slow_buffer.data(), static_cast<std::size_t>(count)) == count) {
        m_in_pipe += static_cast<std::size_t>(count);
    }
    return Fill::moved;
}

void Pump::empty_pipe() {
    while (m_in_pipe > 0) {
        const long moved = m_can_splice_out ? pipe_to_log(m_in_pipe) : copy_to_log(m_in_pipe);
        if (moved > 0) {
            m_offset += static_cast<std::uint64_t>(moved);
            m_in_pipe -= std::min(m_in_pipe, static_cast<std::size_t>(moved));
        } else if (moved == 0) {
            m_in_pipe = pipe_level();
        } else if (errno == EINVAL && m_can_splice_out) {
            m_can_splice_out = false;
        } else if (errno != EINTR && !make_room_or_drop(errno)) {
            return;
        }
    }
}

long Pump::pipe_to_log(std::size_t most) const {
    auto offset = static_cast<off64_t>(m_offset);
    const ssize_t moved =
        ::splice(m_pipe_read, nullptr, m_log, &offset, most, SPLICE_F_NONBLOCK | SPLICE_F_MOVE);
    // An empty pipe is no error here: somebody before us had emptied it already.
    return moved < 0 && errno == EAGAIN ? 0 : moved;
}

long Pump::copy_to_log(std::size_t most) {
    const std::size_t size = std::min(most, slow_buffer.size());
    const ssize_t have = ::read(m_pipe_read, slow_buffer.data(), size);
    if (have <= 0) return have < 0 && errno == EAGAIN ? 0 : have;
    ssize_t done = 0;
    while (done < have) {
        const ssize_t count =
            ::pwrite(m_log, slow_buffer.data() + done, static_cast<std::size_t>(have - done),
                     static_cast<off_t>(m_offset) + done);
        if (count > 0) done += count;
        else if (errno != EINTR && !(is_full(errno) && m_bound.free_history(m_offset))) break;
    }
    const auto lost = static_cast<std::uint64_t>(have - done);
    if (lost > 0) {
        const std::uint64_t from = m_offset + static_cast<std::uint64_t>(done);
        if (::ftruncate(m_log, static_cast<off_t>(from + lost)) == 0)
            log::add_gap(m_live, {from, from + lost});
        m_live.lost_bytes.fetch_add(lost);
    }
    return have;
}

bool Pump::make_room_or_drop(int error_number) {
    if (is_full(error_number) && m_bound.free_history(m_offset)) return true;
    drop_pipe();
    return true;
}

void Pump::drop_pipe() {
    std::uint64_t lost = 0;
    while (m_in_pipe > 0) {
        const std::size_t size = std::min(m_in_pipe, slow_buffer.size());
        const ssize_t count = ::read(m_pipe_read, slow_buffer.data(), size);
        if (count <= 0) break;
        m_in_pipe -= static_cast<std::size_t>(count);
        lost += static_cast<std::uint64_t>(count);
    }
    m_in_pipe = 0;
    m_live.lost_bytes.fetch_add(lost);
    // Offsets count what the job wrote: the log is made longer by a hole of that size. Where even
    // that is refused (a read-only file system), only the counter tells.
    if (::ftruncate(m_log, static_cast<off_t>(m_offset + lost)) == 0) {
        log::add_gap(m_live, {m_offset, m_offset + lost});
        m_offset += lost;
    }
}

} // namespace outlast::scribe
