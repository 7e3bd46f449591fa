// System calls made by another process, which stands still.
#include "adopt/remote_process.hpp"

#include "adopt/fault.hpp"
#include "adopt/remote_memory.hpp"
#include "adopt/restartable_sequence.hpp"
#include "adopt/stop.hpp"

#include <cerrno>
#include <csignal>
#include <sched.h>
#include <string>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>

namespace outlast::adopt {
namespace {

constexpr std::size_t page_size = 4096; // what is mapped; the kernel rounds it up
constexpr Nanoseconds call_time = 2 * ns_per_second;
constexpr std::int64_t first_error = -4095; // what the kernel returns from there to -1 is an errno
constexpr std::uint64_t minus_one = ~std::uint64_t{0};

} // namespace

Result<RemoteProcess> RemoteProcess::begin(const FrozenProcess& process, Filter filter) {
    RemoteProcess remote(process.pid(), process.caller(), filter);
    if (auto prepared = remote.prepare(); !prepared)
        return fail(std::move(prepared.error()).within("process " + std::to_string(process.pid())));
    return remote;
}

RemoteProcess::RemoteProcess(RemoteProcess&& other) noexcept
    : m_pid(other.m_pid), m_thread(other.m_thread), m_filter(other.m_filter),
      m_changed(std::exchange(other.m_changed, false)), m_resume(other.m_resume),
      m_mask(other.m_mask), m_instruction(other.m_instruction), m_page(other.m_page),
      m_new_child(other.m_new_child) {}

Result<> RemoteProcess::prepare() {
    if (auto fault = fault_point("read registers"); !fault) return fault;
    const auto registers = read_registers(m_thread);
    if (!registers) return fail(registers.error());
    m_resume = uninterrupted(*registers);
    set_instruction_pointer(m_resume, where_to_go_on(m_thread, instruction_pointer(m_resume)));
    const auto instruction = find_call_instruction(m_pid);
    if (!instruction) return fail(instruction.error());
    m_instruction = *instruction;
    if (auto held = hold_signals(); !held) return held;
    const auto page =
        call("mmap", SYS_mmap,
             {0, page_size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, minus_one, 0});
    if (!page) return fail(page.error());
    m_page = static_cast<Address>(*page);
    return {};
}

Result<> RemoteProcess::hold_signals() {
    if (auto fault = fault_point("hold signals"); !fault) return fault;
    if (::ptrace(PTRACE_GETSIGMASK, m_thread, sizeof m_mask, &m_mask) != 0)
        return fail_errno("read the signal mask");
    std::uint64_t all = minus_one;
    if (::ptrace(PTRACE_SETSIGMASK, m_thread, sizeof all, &all) != 0)
        return fail_errno("hold signals");
    m_changed = true;
    return {};
}

Result<std::int64_t> RemoteProcess::call(std::string_view name, long number,
                                         const CallArguments& arguments) {
    if (auto fault = fault_point(name); !fault) return fail(fault.error());
    return perform(name, number, arguments);
}

Result<std::int64_t> RemoteProcess::perform(std::string_view name, long number,
                                            const CallArguments& arguments) {
    if (auto set = write_registers(m_thread, for_call(m_resume, m_instruction, number, arguments));
        !set) {
        return fail(std::move(set.error()).within(name));
    }
    const auto after = run_to_end_of_call();
    if (!after) {
        Error error = after.error();
        return fail(std::move(error).within(name));
    }
    const std::int64_t result = call_result(*after);
    if (result < 0 && result >= first_error)
        return fail_errno(static_cast<int>(-result), std::string(name));
    return result;
}

Result<Registers> RemoteProcess::run_to_end_of_call() {
    Deadline deadline(call_time);
    bool interrupted = false;
    int call_stops = 0; // one on the way in, one on the way out
    int signal = 0;
    while (true) {
        if (auto going = go_on(m_thread, PTRACE_SYSCALL, signal); !going)
            return fail(going.error());
        signal = 0;
        auto stop = await_stop(m_thread, deadline);
        if (!stop &&
            !interrupted) { // the call sleeps: it has to come to its end one way or another
            interrupted = true;
            ::ptrace(PTRACE_INTERRUPT, m_thread, nullptr, nullptr);
            deadline = Deadline(call_time);
            stop = await_stop(m_thread, deadline);
        }
        if (!stop) return fail(stop.error());
        switch (stop->kind) {
        case Stop::Kind::gone: m_changed = false; return fail_errno(ESRCH, "it has ended");
        case Stop::Kind::in_call:
            if (++call_stops == 2) return read_registers(m_thread);
            break;
        case Stop::Kind::event:
            if (stop->number == PTRACE_EVENT_CLONE) {
                unsigned long child = 0;
                ::ptrace(PTRACE_GETEVENTMSG, m_thread, nullptr, &child);
                m_new_child = static_cast<pid_t>(child);
            }
            break;
        // SIGSTOP can be blocked by nobody. It takes effect when the process is thawed.
        case Stop::Kind::signalled: signal = stop->number; break;
        case Stop::Kind::held: break;
        }
    }
}

Result<Address> RemoteProcess::place(std::string_view bytes) {
    if (bytes.size() > page_size / 4) return fail_errno(ENAMETOOLONG, "argument of a call");
    if (auto written = write_memory(m_pid, m_page, bytes); !written) return fail(written.error());
    return m_page;
}

Result<std::string> RemoteProcess::read_back(std::size_t size) const {
    return read_memory(m_pid, m_page, size);
}

Address RemoteProcess::room() const noexcept { return m_page + page_size / 2; }

Result<std::string> RemoteProcess::read_room(std::size_t size) const {
    return read_memory(m_pid, room(), size);
}

Result<> RemoteProcess::set_options(unsigned long more) const {
    if (::ptrace(PTRACE_SETOPTIONS, m_thread, nullptr, trace_options(m_filter) | more) != 0)
        return fail_errno("set options");
    return {};
}

Result<RemoteProcess::Child> RemoteProcess::make_child() {
    if (auto set = set_options(PTRACE_O_TRACECLONE); !set) return fail(set.error());
    m_new_child = 0;
    const auto result = call("clone", SYS_clone, {CLONE_VM, 0, 0, 0, 0, 0});
    const auto reset = set_options(0);
    if (!result) return fail(result.error());
    if (!reset) return fail(reset.error());
    const Child child{m_new_child, *result};
    const auto held = await_held(child.here, Deadline(call_time));
    if (!held) return fail(held.error());
    if (*held == Held::gone) return fail_errno(ESRCH, "clone");
    return child;
}

Result<> RemoteProcess::end_child(const Child& child) {
    if (::kill(child.here, SIGKILL) != 0) return fail_errno("end the child");
    const Deadline deadline(call_time);
    while (true) {
        const auto stop = await_stop(child.here, deadline);
        if (!stop) return fail(stop.error());
        if (stop->kind == Stop::Kind::gone) break;
        static_cast<void>(go_on(child.here, PTRACE_CONT));
    }
    const auto reaped =
        call("wait4", SYS_wait4, {static_cast<std::uint64_t>(child.there), 0, __WALL, 0, 0, 0});
    if (!reaped) return fail(reaped.error());
    return {};
}

void RemoteProcess::unmap() noexcept {
    if (m_page == 0) return;
    static_cast<void>(perform("munmap", SYS_munmap, {m_page, page_size, 0, 0, 0, 0}));
    m_page = 0;
}

void RemoteProcess::end() noexcept {
    if (!m_changed) return;
    unmap();
    if (!m_changed) return; // it has ended
    m_changed = false;
    static_cast<void>(write_registers(m_thread, m_resume));
    ::ptrace(PTRACE_SETSIGMASK, m_thread, sizeof m_mask, &m_mask);
}

} // namespace outlast::adopt
