// What a process has of a terminal.
#include "adopt/terminal_use.hpp"

#include "base/text.hpp"
#include "sys/file.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

namespace outlast::adopt {
namespace {

const dev_t controlling_terminal = makedev(5, 0); // /dev/tty

/// The value of a line "NAME:  VALUE" of /proc/PID/fdinfo/FD.
std::optional<std::string_view> field(std::string_view line, std::string_view name) {
    if (!line.starts_with(name) || line.size() <= name.size() || line[name.size()] != ':')
        return std::nullopt;
    return trim(line.substr(name.size() + 1));
}

template <class T> T number(std::string_view text, int base) {
    T value = 0;
    std::from_chars(text.data(), text.data() + text.size(), value, base);
    return value;
}

/// What stands behind `name:` within "tfd: 0 events: 19 data: 0 pos:0 ino:3 sdev:b".
std::string_view word_after(std::string_view line, std::string_view name) {
    const std::size_t place = line.find(name);
    if (place == std::string_view::npos) return {};
    const std::string_view rest = trim(line.substr(place + name.size()));
    return rest.substr(0, rest.find(' '));
}

std::string fdinfo(pid_t pid, int fd) {
    auto text = sys::read_file("/proc/" + std::to_string(pid) + "/fdinfo/" + std::to_string(fd),
                               std::size_t{4} << 20);
    return text ? std::move(*text) : std::string();
}

TerminalDescriptor read_descriptor(pid_t pid, int fd) {
    TerminalDescriptor descriptor;
    descriptor.fd = fd;
    const std::string text = fdinfo(pid, fd);
    for (const std::string_view line : split(text, '\n')) {
        if (const auto flags = field(line, "flags")) {
            descriptor.flags = number<int>(*flags, 8);
            descriptor.close_on_exec = (descriptor.flags & O_CLOEXEC) != 0;
            descriptor.flags &= ~O_CLOEXEC;
        }
    }
    return descriptor;
}

void read_watches(pid_t pid, int set, TerminalUse& use) {
    const std::string text = fdinfo(pid, set);
    for (const std::string_view line : split(text, '\n')) {
        if (!line.starts_with("tfd:")) continue;
        Watch watch;
        watch.set = set;
        watch.fd = number<int>(word_after(line, "tfd:"), 10);
        watch.events = number<std::uint32_t>(word_after(line, "events:"), 16);
        watch.data = number<std::uint64_t>(word_after(line, "data:"), 16);
        const bool ours = std::any_of(use.descriptors.begin(), use.descriptors.end(),
                                      [&](const auto& other) { return other.fd == watch.fd; });
        if (ours) use.watches.push_back(watch);
    }
}

std::string folder_of(pid_t pid) { return "/proc/" + std::to_string(pid) + "/fd"; }

} // namespace

dev_t terminal_device(int number) noexcept {
    if (number == 0) return 0;
    const auto word = static_cast<std::uint32_t>(number);
    return makedev((word >> 8) & 0xfff, (word & 0xff) | ((word >> 12) & 0xfff00));
}

std::string descriptor_path(pid_t pid, int fd) { return folder_of(pid) + "/" + std::to_string(fd); }

std::string descriptor_target(pid_t pid, int fd) {
    std::array<char, 4096> target{};
    const ssize_t length =
        ::readlink(descriptor_path(pid, fd).c_str(), target.data(), target.size());
    return length > 0 ? std::string(target.data(), static_cast<std::size_t>(length))
                      : std::string();
}

Result<TerminalUse> read_terminal_use(pid_t pid, dev_t device, bool is_controlling) {
    const auto folder = sys::open_directory(folder_of(pid));
    if (!folder) return fail(folder.error());
    const auto names = sys::list_directory_at(folder->get(), ".");
    if (!names) return fail(names.error());
    TerminalUse use;
    std::vector<int> sets;
    for (const std::string& name : *names) {
        const auto parsed = parse_u64(name);
        if (!parsed) continue;
        const int fd = static_cast<int>(*parsed);
        struct stat info {};
        if (::fstatat(folder->get(), name.c_str(), &info, 0) != 0) continue;
        if (S_ISCHR(info.st_mode)) {
            const bool as_controlling = info.st_rdev == controlling_terminal;
            if (info.st_rdev != device && !(as_controlling && is_controlling)) continue;
            TerminalDescriptor descriptor = read_descriptor(pid, fd);
            descriptor.as_controlling = as_controlling;
            if ((descriptor.flags & O_PATH) == 0) use.descriptors.push_back(descriptor);
        } else if (!S_ISSOCK(info.st_mode) && !S_ISDIR(info.st_mode) && !S_ISFIFO(info.st_mode)) {
            const std::string target = descriptor_target(pid, fd);
            if (target == "anon_inode:[eventpoll]") sets.push_back(fd);
            if (target == "anon_inode:[io_uring]") use.has_io_uring = true;
        }
    }
    std::sort(use.descriptors.begin(), use.descriptors.end(),
              [](const auto& one, const auto& other) { return one.fd < other.fd; });
    if (use.descriptors.empty()) return use;
    for (const int set : sets) read_watches(pid, set, use);
    return use;
}

dev_t standard_terminal(pid_t pid) {
    for (const int fd : {1, 2, 0}) {
        struct stat info {};
        if (::stat(descriptor_path(pid, fd).c_str(), &info) != 0 || !S_ISCHR(info.st_mode))
            continue;
        const unsigned kind = major(info.st_rdev);
        // Documentation/admin-guide/devices.txt: consoles, serial lines, slaves of pseudo
        // terminals.
        const bool terminal = kind == 4 || (kind >= 136 && kind <= 143) || kind == 204 ||
                              kind == 229 || info.st_rdev == makedev(5, 1);
        if (terminal) return info.st_rdev;
    }
    return 0;
}

} // namespace outlast::adopt
