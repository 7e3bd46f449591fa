// Where jobs and their sockets live.
#include "job/paths.hpp"

#include "base/text.hpp"
#include "sys/file.hpp"
#include "sys/private_umask.hpp"

#include <cstdlib>
#include <sys/stat.h>
#include <unistd.h>
#include <vector>

namespace outlast::job {
namespace {

std::string environment(const char* name) {
    const char* value = std::getenv(name);
    return value != nullptr ? value : "";
}

/// A field (0 name, 2 uid, 5 home) of the entry of `uid` in /etc/passwd.
std::string passwd_field(unsigned uid, std::size_t index) {
    const auto text = sys::read_file("/etc/passwd", std::size_t{8} << 20);
    if (!text) return {};
    for (const std::string_view line : split(*text, '\n')) {
        const auto fields = split(line, ':');
        if (fields.size() >= 6 && parse_u64(fields[2]) == uid) return std::string(fields[index]);
    }
    return {};
}

/// systemd-logind removes /run/user/UID when the user's last session ends, unless the user lingers.
bool outlives_login(const std::string& runtime) {
    if (!runtime.starts_with("/run/user/")) return true;
    const std::string name = login_name(::geteuid());
    return !name.empty() && sys::exists("/var/lib/systemd/linger/" + name);
}

} // namespace

std::string login_name(unsigned uid) { return passwd_field(uid, 0); }
std::string home_directory(unsigned uid) { return passwd_field(uid, 5); }

Result<std::string> state_directory() {
    if (const std::string own = environment("OUTLAST_STATE_DIR"); !own.empty()) {
        if (own.front() == '/') return own;
        return fail(Errc::usage, "the state directory must be an absolute path: " + own, {},
                    "give --state-dir or OUTLAST_STATE_DIR a path that starts with /");
    }
    // XDG Base Directory Specification: a relative path is invalid and must be ignored.
    if (const std::string xdg = environment("XDG_STATE_HOME"); xdg.starts_with('/'))
        return xdg + "/outlast";
    std::string home = environment("HOME");
    if (!home.starts_with('/')) home = passwd_field(::geteuid(), 5);
    if (home.starts_with('/')) return (home == "/" ? "" : home) + "/.local/state/outlast";
    return fail(Errc::refused, "there is no directory to keep jobs in",
                "HOME is not set and /etc/passwd has no entry for you",
                "set HOME, or give --state-dir DIR");
}

Result<SocketDirectory> open_socket_directory_at(const std::string& path, uid_t owner) {
    const sys::PrivateUmask umask;
    // Root looking for somebody else's socket makes nothing in that user's name.
    const bool make = owner == ::geteuid();
    if (make && ::mkdir(path.c_str(), 0700) != 0 && errno != EEXIST)
        return fail_errno("mkdir " + path);
    auto fd = sys::open_at(AT_FDCWD, path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
    if (!fd) return fail(fd.error());
    struct stat info {};
    if (::fstat(fd->get(), &info) != 0) return fail_errno(path);
    if (info.st_uid != owner) {
        return fail(Errc::refused, path + " is not a private directory of yours",
                    "somebody else made it", "remove it, or set OUTLAST_RUNTIME_DIR");
    }
    if ((info.st_mode & 077) != 0) {
        return fail(Errc::refused, path + " is not private", "others than its owner may enter it",
                    "chmod 700 " + shell_quote(path));
    }
    return SocketDirectory{path, std::move(*fd)};
}

Result<SocketDirectory> open_socket_directory() {
    if (const std::string own = environment("OUTLAST_RUNTIME_DIR"); own.starts_with('/')) {
        return open_socket_directory_at(own, ::geteuid());
    }
    if (const std::string runtime = environment("XDG_RUNTIME_DIR");
        runtime.starts_with('/') && outlives_login(runtime)) {
        if (auto directory = open_socket_directory_at(runtime + "/outlast", ::geteuid()))
            return directory;
    }
    auto usual =
        open_socket_directory_at("/tmp/outlast-" + std::to_string(::geteuid()), ::geteuid());
    if (usual) return usual;
    // Somebody squats that name, or /tmp cannot be written: the state directory is ours for
    // certain.
    const auto state = state_directory();
    if (!state) return usual;
    auto own_place = open_socket_directory_at(*state + "/sockets", ::geteuid());
    return own_place ? std::move(own_place) : std::move(usual);
}

} // namespace outlast::job
