// The launch block's form in bytes.
#include "twin/launch_block.hpp"

#include "sys/file.hpp"

#include <cstring>
#include <sys/mman.h>

namespace outlast::twin {
namespace {

// Both ends are the same program on the same machine: structs go as they are.
struct Header {
    std::uint64_t ignored_signals;
    sigset_t signal_mask;
    termios attributes;
    winsize size;
    std::int32_t input;
    std::int32_t report;
    std::uint32_t argument_count;
    std::uint32_t environment_count;
};

std::string take_string(std::string_view& bytes) {
    const std::size_t end = bytes.find('\0');
    std::string text(bytes.substr(0, end));
    bytes.remove_prefix(end == std::string_view::npos ? bytes.size() : end + 1);
    return text;
}

} // namespace

Result<sys::UniqueFd> write_launch(const Launch& launch) {
    Header header{};
    header.ignored_signals = launch.ignored_signals;
    header.signal_mask = launch.signal_mask;
    header.attributes = launch.attributes;
    header.size = launch.size;
    header.input = launch.input;
    header.report = launch.report;
    header.argument_count = static_cast<std::uint32_t>(launch.arguments.size());
    header.environment_count = static_cast<std::uint32_t>(launch.environment.size());
    std::string bytes(reinterpret_cast<const char*>(&header), sizeof header);
    bytes.append(launch.program).push_back('\0');
    for (const std::string& word : launch.arguments) bytes.append(word).push_back('\0');
    for (const std::string& word : launch.environment) bytes.append(word).push_back('\0');
    sys::UniqueFd fd(::memfd_create("outlast-launch", MFD_CLOEXEC));
    if (!fd) return fail_errno("memfd_create");
    if (auto written = sys::write_all(fd.get(), bytes); !written) return fail(written.error());
    return fd;
}

Result<Launch> read_launch(int fd) {
    struct stat info {};
    if (::fstat(fd, &info) != 0) return fail_errno("the launch block");
    std::string bytes(static_cast<std::size_t>(info.st_size), '\0');
    const auto have = sys::read_at(fd, bytes.data(), bytes.size(), 0);
    if (!have) return fail(have.error());
    Header header{};
    if (bytes.size() < sizeof header) return fail(Errc::damaged, "the launch block is too short");
    std::memcpy(&header, bytes.data(), sizeof header);
    std::string_view rest = std::string_view(bytes).substr(sizeof header);
    Launch launch;
    launch.ignored_signals = header.ignored_signals;
    launch.signal_mask = header.signal_mask;
    launch.attributes = header.attributes;
    launch.size = header.size;
    launch.input = header.input;
    launch.report = header.report;
    launch.program = take_string(rest);
    for (std::uint32_t i = 0; i < header.argument_count; ++i)
        launch.arguments.push_back(take_string(rest));
    for (std::uint32_t i = 0; i < header.environment_count; ++i)
        launch.environment.push_back(take_string(rest));
    return launch;
}

} // namespace outlast::twin
