// What a process is to its user.
#include "check/program_role.hpp"

#include "shell/interactive_shell.hpp"

#include <algorithm>
#include <array>

namespace outlast::check {
namespace {

template <std::size_t N>
bool is_one_of(std::string_view name, const std::array<std::string_view, N>& list) {
    return std::find(list.begin(), list.end(), name) != list.end();
}

std::string_view base_name(std::string_view path) {
    const std::size_t slash = path.rfind('/');
    return slash == std::string_view::npos ? path : path.substr(slash + 1);
}

/// The listening sshd outlives connections, its children for one login do not; before OpenSSH 9.8
/// both are called sshd, and the children say so in their title: "sshd: user@pts/0".
bool is_connection(const Process& process) {
    const std::string& name = process.stat.name;
    if (name == "sshd-session" || name == "sshd-auth") return true;
    if (name == "in.telnetd" || name == "telnetd" || name == "in.rlogind") return true;
    if (name == "sshd") {
        if (process.arguments.empty()) return false;
        const std::string& title = process.arguments[0];
        return title.starts_with("sshd: ") && title.find("[listener]") == std::string::npos;
    }
    return name == "dropbear" && process.stat.parent != 1 && !process.masters.empty();
}

bool is_window(std::string_view name) {
    // The kernel cuts names off after 15 bytes.
    constexpr std::array<std::string_view, 24> emulators{
        "xterm",      "uxterm",        "rxvt",
        "urxvt",      "urxvtd",        "gnome-terminal-",
        "kgx",        "konsole",       "alacritty",
        "kitty",      "foot",          "wezterm-gui",
        "terminator", "tilix",         "xfce4-terminal",
        "lxterminal", "mate-terminal", "qterminal",
        "st",         "ghostty",       "ptyxis-agent",
        "contour",    "terminology",   "deepin-terminal"};
    return is_one_of(name, emulators);
}

/// A client of tmux names itself so; the server is "tmux: server". Debian's screen calls its server
/// SCREEN. Of ours, what has a terminal and is not resident looks at a job.
bool is_view(const Process& process) {
    const std::string& name = process.stat.name;
    if (name == "tmux: client") return true;
    if (name == "screen") return !process.arguments.empty() && process.arguments[0] != "SCREEN";
    if (name == "dtach") return process.stat.terminal != 0;
    return name == "outlast";
}

} // namespace

Role role_of(const Process& process) {
    const std::string& name = process.stat.name;
    if (name == "outlast-keeper" || name == "outlast-scribe" || name == "outlast-anchor" ||
        name == "outlast-standin" || name == "outlast-holder")
        return Role::resident;
    if (is_connection(process)) return Role::connection;
    if (is_window(name)) return Role::window;
    if (is_view(process)) return Role::view;
    const OpenFile* input = process.file(0);
    const std::string& program = process.program.empty() ? name : process.program;
    // Where its descriptors may not be seen (sudo's shells) its terminal has to do.
    const bool terminal = process.stat.terminal != 0 &&
                          (input == nullptr || shell::reads_elsewhere(program) ||
                           (input->target.starts_with("/dev/") && input->target != "/dev/null"));
    const bool shell =
        shell::interactive_kind(program, process.arguments, terminal) != shell::Kind::none;
    return shell ? Role::shell : Role::work;
}

std::string_view role_name(Role role) noexcept {
    switch (role) {
    case Role::work: return "work";
    case Role::shell: return "shell";
    case Role::view: return "view";
    case Role::connection: return "connection";
    case Role::window: return "window";
    case Role::resident: break;
    }
    return "resident";
}

Manner manner_at_hangup(const Process& process) {
    constexpr std::array<std::string_view, 10> ending{
        "rsync", "vim", "vim.basic", "vim.tiny", "less",
        "ssh",   "top", "sudo",      "outlast",  "tmux: client"};
    // script(1) of util-linux blocks it for good and goes on until its command ends.
    constexpr std::array<std::string_view, 1> lasting{"script"};
    const std::string_view program = base_name(process.program);
    if (is_one_of(process.stat.name, ending) || is_one_of(program, ending)) return Manner::ends;
    if (is_one_of(process.stat.name, lasting)) return Manner::goes_on;
    return Manner::unknown;
}

} // namespace outlast::check
