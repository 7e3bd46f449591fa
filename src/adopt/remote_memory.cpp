// The memory of another process.
#include "adopt/remote_memory.hpp"

#include "base/text.hpp"
#include "sys/file.hpp"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <optional>
#include <sys/uio.h>
#include <vector>

namespace outlast::adopt {
namespace {

constexpr std::size_t most_searched = std::size_t{1} << 20; // bytes of one mapping

struct Mapping {
    Address start = 0;
    Address end = 0;
    bool executable = false;
    bool vdso = false;
};

/// A line of /proc/PID/maps: "7ffd1000-7ffd3000 r-xp 00000000 00:00 0   [vdso]".
std::optional<Mapping> parse_mapping(std::string_view line) {
    Mapping mapping;
    const char* const end = line.data() + line.size();
    const auto start = std::from_chars(line.data(), end, mapping.start, 16);
    if (start.ec != std::errc() || start.ptr == end) return std::nullopt;
    const auto stop = std::from_chars(start.ptr + 1, end, mapping.end, 16);
    if (stop.ec != std::errc() || end - stop.ptr < 5) return std::nullopt;
    mapping.executable = stop.ptr[1] == 'r' && stop.ptr[3] == 'x';
    mapping.vdso = line.ends_with("[vdso]");
    return mapping;
}

/// A process_vm call is one system call on one piece of memory; `iovec` has no const.
iovec piece(Address address, std::size_t size) {
    // NOLINTNEXTLINE(performance-no-int-to-ptr): an address of another process is a number here
    return {reinterpret_cast<void*>(address), size};
}

} // namespace

Result<std::string> read_memory(pid_t pid, Address address, std::size_t size) {
    std::string bytes(size, '\0');
    const iovec here{bytes.data(), bytes.size()};
    const iovec there = piece(address, size);
    const ssize_t count = ::process_vm_readv(pid, &here, 1, &there, 1, 0);
    if (count < 0) return fail_errno("read memory");
    if (static_cast<std::size_t>(count) != size) return fail_errno(EFAULT, "read memory");
    return bytes;
}

Result<> write_memory(pid_t pid, Address address, std::string_view bytes) {
    std::string copy(bytes);
    const iovec here{copy.data(), copy.size()};
    const iovec there = piece(address, copy.size());
    const ssize_t count = ::process_vm_writev(pid, &here, 1, &there, 1, 0);
    if (count < 0) return fail_errno("write memory");
    if (static_cast<std::size_t>(count) != copy.size()) return fail_errno(EFAULT, "write memory");
    return {};
}

Result<Address> find_call_instruction(pid_t pid) {
    const auto text =
        sys::read_file("/proc/" + std::to_string(pid) + "/maps", std::size_t{64} << 20);
    if (!text) return fail(text.error());
    std::vector<Mapping> mappings;
    for (const std::string_view line : split(*text, '\n')) {
        if (const auto mapping = parse_mapping(line); mapping && mapping->executable)
            mappings.push_back(*mapping);
    }
    std::stable_partition(mappings.begin(), mappings.end(),
                          [](const Mapping& mapping) { return mapping.vdso; });
    for (const Mapping& mapping : mappings) {
        const std::size_t size = std::min<std::size_t>(mapping.end - mapping.start, most_searched);
        const auto code = read_memory(pid, mapping.start, size);
        if (!code) continue;
        const std::size_t place = code->find(call_instruction());
        if (place != std::string::npos) return mapping.start + place;
    }
    return fail(Errc::refused, "process " + std::to_string(pid),
                "it has no instruction that makes a system call");
}

} // namespace outlast::adopt
