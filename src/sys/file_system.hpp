// What kind of file system a file is on, and how much room it has (statfs(2)).
#pragma once

#include "base/result.hpp"

#include <cstdint>
#include <string>

namespace outlast::sys {

struct FileSystemKind {
    const char* name = ""; ///< "ext4", "NFS"; empty: not one that we know
    bool network = false;  ///< other machines may write it too; no events, no Unix sockets across
    bool memory = false;   ///< gone after a reboot
    bool needs_ticket = false;     ///< access ends with a token that a login has brought
    bool leaves_at_logout = false; ///< it may be unmounted or locked at the last logout
};
/// By statfs(2)'s f_type.
[[nodiscard]] FileSystemKind file_system_kind(std::uint64_t magic) noexcept;

struct FileSystem {
    FileSystemKind kind;
    std::uint64_t bytes = 0;
    std::uint64_t free_bytes = 0; ///< for ordinary users
    std::uint64_t files = 0;      ///< 0: it has no bound of its own
    std::uint64_t free_files = 0;
};
[[nodiscard]] Result<FileSystem> file_system_of(const std::string& path);

} // namespace outlast::sys
