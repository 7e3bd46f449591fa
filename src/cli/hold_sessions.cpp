// outlast adopt --session PTS, --every-session.
#include "cli/hold_sessions.hpp"

#include "adopt/session_holder.hpp"
#include "base/json_writer.hpp"
#include "base/text.hpp"
#include "check/host_survival.hpp"
#include "job/paths.hpp"
#include "sys/close_descriptors.hpp"
#include "sys/process_title.hpp"
#include "sys/signals.hpp"

#include <csignal>
#include <fcntl.h>
#include <sys/prctl.h>
#include <unistd.h>
#include <vector>

namespace outlast::cli {
namespace {

using adopt::HeldSession;
using adopt::SessionNews;

std::string user_name(uid_t uid) {
    const std::string name = job::login_name(uid);
    return name.empty() ? "uid " + std::to_string(uid) : printable_line(name);
}

std::string session_label(const HeldSession& session) {
    return "the session of " + user_name(session.user) + " on pts/" +
           std::to_string(session.terminal) + " (" + session.command + ", PID " +
           std::to_string(session.leader) + ")";
}

std::string_view news_word(SessionNews news) {
    switch (news) {
    case SessionNews::held: return "held";
    case SessionNews::left: return "left";
    case SessionNews::dropped: return "dropped";
    case SessionNews::not_saved: break;
    }
    return "not-saved";
}

std::string held_sentence(const HeldSession& session, const std::string& label) {
    const check::Survival logout = check::check_survival(session.leader);
    if (logout.safe())
        return label + " is held: when its connection drops, it goes on and is a job of " +
               user_name(session.user);
    return label + " is held, which keeps its terminal; but for its processes: " + logout.why;
}

std::string sentence(const HeldSession& session, SessionNews news) {
    const std::string label = session_label(session);
    switch (news) {
    case SessionNews::held: return held_sentence(session, label);
    case SessionNews::left: return label + " has ended";
    case SessionNews::dropped:
        return label + " has lost its connection, goes on, and is a job of " +
               user_name(session.user) + " now";
    case SessionNews::not_saved: break;
    }
    return label + " has lost its connection and goes on, but cannot be made a job of " +
           user_name(session.user) + " yet (is there room for it?); trying again";
}

void tell(const HeldSession& session, SessionNews news, const Output& output) {
    if (!output.json) {
        output.remark(sentence(session, news));
        return;
    }
    JsonWriter json;
    json.begin_object().member("schema_version", 1).member("event", news_word(news));
    json.member("terminal", "/dev/pts/" + std::to_string(session.terminal));
    json.member("user", user_name(session.user)).member("uid", session.user);
    json.member("leader", session.leader).member("command", session.command).end_object();
    output.print_line(json.text());
}

/// "pts/3", "/dev/pts/3" or "3".
Result<unsigned> terminal_number(std::string_view word) {
    std::string_view rest = word;
    if (rest.starts_with("/dev/")) rest.remove_prefix(5);
    if (rest.starts_with("pts/")) rest.remove_prefix(4);
    constexpr std::uint64_t most = 1U << 20; // the kernel's NR_UNIX98_PTY_MAX
    const auto number = parse_u64(rest);
    if (number && *number < most) return static_cast<unsigned>(*number);
    return fail(Errc::usage, "no terminal is called \"" + printable_line(word) + "\"",
                "--session takes a name such as pts/3",
                "tty, typed in the session, tells its name; who lists them");
}

/// The process in the background.
[[noreturn]] void hold_in_background(HeldSession session, int report) {
    ::setsid();
    ::prctl(PR_SET_NAME, "outlast-holder", 0, 0, 0);
    (void)sys::set_process_title("outlast: holder of pts/" + std::to_string(session.terminal));
    (void)!::chdir("/");
    const int null = ::open("/dev/null", O_RDWR | O_CLOEXEC);
    for (const int standard : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) ::dup2(null, standard);
    std::vector<int> kept = session.descriptors();
    kept.insert(kept.end(), {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO, report});
    sys::close_descriptors_but(std::move(kept));
    auto holder = adopt::SessionHolder::create(adopt::SessionHolder::Scope::given,
                                               [](const HeldSession&, SessionNews) {});
    if (!holder) ::_exit(1);
    (*holder)->add(std::move(session));
    (void)!::write(report, "h", 1);
    ::close(report);
    (*holder)->run();
    ::_exit(0);
}

Result<> start_holder(HeldSession& session) {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) return fail_errno("pipe");
    const sys::UniqueFd news(ends[0]);
    sys::UniqueFd report(ends[1]);
    const pid_t pid = ::fork();
    if (pid < 0) return fail_errno("fork");
    if (pid == 0) hold_in_background(std::move(session), report.release());
    report.reset();
    char word = 0;
    if (::read(news.get(), &word, 1) == 1) return {};
    return fail(Errc::refused, "the session cannot be held",
                "the process that was to hold it could not start", {});
}

} // namespace

Result<int> hold_one_session(const std::string& terminal, const Output& output) {
    const auto number = terminal_number(terminal);
    if (!number) return fail(number.error());
    auto session = adopt::hold_session(*number, adopt::Server::any);
    if (!session) return fail(session.error());
    if (auto done = start_holder(*session); !done) return fail(done.error());
    tell(*session, SessionNews::held, output);
    return 0;
}

Result<int> hold_every_session(const Output& output) {
    if (::geteuid() != 0) {
        return fail(Errc::refused, "the sessions of this host are held by root only",
                    "sshd keeps the terminals from their users",
                    "sudo outlast adopt --every-session");
    }
    ::prctl(PR_SET_NAME, "outlast-holder", 0, 0, 0);
    auto holder = adopt::SessionHolder::create(
        adopt::SessionHolder::Scope::every_session,
        [&output](const HeldSession& session, SessionNews news) { tell(session, news, output); });
    if (!holder) return fail(holder.error());
    (*holder)->run();
    return 0;
}

} // namespace outlast::cli
