// Giving up root's rights for a user's, but for the right to trace.
#include "sys/become_user.hpp"

#include "base/text.hpp"
#include "sys/capabilities.hpp"
#include "sys/file.hpp"

#include <cerrno>
#include <grp.h>
#include <linux/capability.h>
#include <linux/keyctl.h>
#include <string>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace outlast::sys {
namespace {

constexpr std::uint32_t trace_bit = 1U << CAP_SYS_PTRACE;

std::vector<gid_t> numbers(std::string_view line) {
    std::string words(line.substr(line.find(':') + 1));
    for (char& byte : words) byte = byte == '\t' ? ' ' : byte;
    std::vector<gid_t> found;
    for (const std::string_view word : split(words, ' ')) {
        if (const auto number = parse_u64(word)) found.push_back(static_cast<gid_t>(*number));
    }
    return found;
}

} // namespace

Result<UserIdentity> identity_of_process(pid_t pid) {
    const auto text = read_file("/proc/" + std::to_string(pid) + "/status", 65536);
    if (!text) return fail_errno(ESRCH, "process " + std::to_string(pid));
    UserIdentity identity;
    std::size_t known = 0;
    for (const std::string_view line : split(*text, '\n')) {
        const bool is_user = line.starts_with("Uid:");
        if (line.starts_with("Groups:")) identity.groups = numbers(line);
        if (!is_user && !line.starts_with("Gid:")) continue;
        const auto ids = numbers(line);
        if (ids.empty()) continue;
        (is_user ? identity.user : identity.group) = ids[0];
        ++known;
    }
    if (known != 2) return fail_errno(ESRCH, "process " + std::to_string(pid));
    return identity;
}

Result<> become_user(const UserIdentity& identity, KeptRight kept) {
    const bool traces = kept == KeptRight::tracing && has_capability(CAP_SYS_PTRACE);
    // Else the ids take all capabilities along.
    if (traces && ::prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) != 0) return fail_errno("keep a capability");
    if (::geteuid() == 0 && ::setgroups(identity.groups.size(), identity.groups.data()) != 0)
        return fail_errno("take the user's groups");
    if (::setresgid(identity.group, identity.group, identity.group) != 0)
        return fail_errno("take the user's group");
    if (::setresuid(identity.user, identity.user, identity.user) != 0)
        return fail_errno("become the user");
    if (!keep_capabilities(traces ? trace_bit : 0)) return fail_errno("give capabilities up");
    // Where this fails (securebits), tracing is left to the kernel's rules for the user.
    if (traces) (void)::prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_SYS_PTRACE, 0, 0);
    (void)::syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, nullptr);
    return {};
}

void give_up_tracing() noexcept {
    if (::geteuid() == 0) return;
    (void)::prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
    (void)keep_capabilities(0);
}

} // namespace outlast::sys
