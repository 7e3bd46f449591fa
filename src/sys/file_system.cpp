// What kind of file system a file is on.
#include "sys/file_system.hpp"

#include <array>
#include <sys/vfs.h>

namespace outlast::sys {
namespace {

struct Row {
    std::uint64_t magic = 0;
    FileSystemKind kind;
};

constexpr FileSystemKind disk(const char* name) { return {name, false, false, false, false}; }
constexpr FileSystemKind memory(const char* name) { return {name, false, true, false, false}; }
constexpr FileSystemKind network(const char* name) { return {name, true, false, false, false}; }

/// From <linux/magic.h>; those that have no name there are in the source of the file system.
constexpr std::array<Row, 25> rows{{{0xEF53, disk("ext4")},
                                    {0x58465342, disk("XFS")},
                                    {0x9123683E, disk("Btrfs")},
                                    {0x2FC12FC1, disk("ZFS")},
                                    {0xF2F52010, disk("F2FS")},
                                    {0xCA451A4E, disk("bcachefs")},
                                    {0x794C7630, disk("overlay")},
                                    {0x4D44, disk("FAT")},
                                    {0x7366746E, disk("NTFS")},
                                    {0x65735546, disk("FUSE")},
                                    {0x01021994, memory("tmpfs")},
                                    {0x858458F6, memory("ramfs")},
                                    {0x6969, network("NFS")},
                                    {0xFF534D42, network("CIFS")},
                                    {0xFE534D42, network("SMB")},
                                    {0x00C36400, network("CephFS")},
                                    {0x0BD00BD0, network("Lustre")},
                                    {0x47504653, network("GPFS")},
                                    {0x19830326, network("BeeGFS")},
                                    {0x01161970, network("GFS2")},
                                    {0x7461636F, network("OCFS2")},
                                    {0x01021997, network("9p")},
                                    {0x5346414F, {"AFS", true, false, true, false}},
                                    {0x6B414653, {"AFS", true, false, true, false}},
                                    {0xF15F, {"eCryptfs", false, false, false, true}}}};

} // namespace

FileSystemKind file_system_kind(std::uint64_t magic) noexcept {
    for (const Row& row : rows) {
        if (row.magic == magic) return row.kind;
    }
    return {};
}

Result<FileSystem> file_system_of(const std::string& path) {
    struct statfs info {};
    if (::statfs(path.c_str(), &info) != 0) return fail_errno(path);
    const auto block = static_cast<std::uint64_t>(info.f_bsize);
    // f_type is signed on some machines: its 32 bits are what counts.
    return FileSystem{file_system_kind(static_cast<std::uint32_t>(info.f_type)),
                      info.f_blocks * block, info.f_bavail * block, info.f_files, info.f_ffree};
}

} // namespace outlast::sys
