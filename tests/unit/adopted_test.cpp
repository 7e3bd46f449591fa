// What the keeper raises in the kernel's place, and the record of an adopted job.
#include "job/state_text.hpp"
#include "keeper/signal_keys.hpp"
#include "sys/pty.hpp"

#include <csignal>
#include <doctest/doctest.h>

using namespace outlast;
using keeper::SignalKeys;

namespace {

using Signals = std::vector<int>;

} // namespace

TEST_CASE("the terminal's keys raise their signals, in order") {
    SignalKeys keys;
    const termios usual = sys::default_terminal_attributes();
    CHECK(keys.raised_by("", usual).empty());
    CHECK(keys.raised_by("ls\r", usual).empty());
    CHECK(keys.raised_by("\x03", usual) == Signals{SIGINT});
    CHECK(keys.raised_by("a\x1az\x1c\x03", usual) == Signals{SIGTSTP, SIGQUIT, SIGINT});
}

TEST_CASE("a key that is quoted, or none, raises nothing") {
    SignalKeys keys;
    termios attributes = sys::default_terminal_attributes();
    CHECK(keys.raised_by("\x16\x03", attributes).empty());
    CHECK(keys.raised_by("\x16", attributes).empty());
    CHECK(keys.raised_by("\x03", attributes).empty()); // quoted by the call before
    CHECK(keys.raised_by("\x16\x16\x03", attributes) == Signals{SIGINT});
    attributes.c_cc[VINTR] = _POSIX_VDISABLE;
    CHECK(keys.raised_by(std::string_view("\0\x03", 2), attributes).empty());
    attributes = sys::default_terminal_attributes();
    attributes.c_cc[VINTR] = 'q';
    CHECK(keys.raised_by("\x03q", attributes) == Signals{SIGINT});
    attributes.c_lflag &= ~static_cast<tcflag_t>(ISIG);
    CHECK(keys.raised_by("q\x1a", attributes).empty());
    // Without line editing ^V is a character like any other.
    attributes = sys::default_terminal_attributes();
    attributes.c_lflag &= ~static_cast<tcflag_t>(ICANON);
    CHECK(keys.raised_by("\x16\x03", attributes) == Signals{SIGINT});
}

TEST_CASE("a record tells that its job was adopted") {
    const auto record = job::parse_state(
        1, R"({"schema_version":1,"name":"rsync","phase":"running","pid":4312,"terminal":true,)"
           R"("adopted":{"watched_only":false,"adopted_at_ns":9,"exit_status":"tracer",)"
           R"("terminal_path":"/dev/pts/7","session_leader":4312,"terminal_lost":true,"newer":[1],)"
           R"("groups":[4312],"processes":[{"pid":4312,"start":77,"name":"rsync"}]},)"
           R"("command":"rsync -a"})");
    REQUIRE(record.adopted);
    CHECK(record.command == "rsync -a");
    CHECK_FALSE(record.adopted->watched_only);
    CHECK(record.adopted->at == 9);
    CHECK(record.adopted->exit_status == "tracer");
    CHECK(record.adopted->terminal_path == "/dev/pts/7");
    CHECK(record.adopted->session_leader == 4312);
    CHECK(record.adopted->terminal_lost);
    CHECK(record.adopted->output.empty());
    CHECK_FALSE(job::parse_state(1, R"({"name":"a","phase":"running"})").adopted);
}
