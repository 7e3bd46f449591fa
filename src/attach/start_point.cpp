// Where in the log a viewer that comes back begins.
#include "attach/start_point.hpp"

#include "attach/mode_tracker.hpp"
#include "log/timeline.hpp"
#include "sys/file.hpp"

#include <algorithm>
#include <cerrno>

namespace outlast::attach {

std::uint64_t start_of_run(const job::JobFolder& folder, std::uint32_t run) {
    const auto fd = sys::open_at(folder.fd.get(), "timeline", O_RDONLY);
    const auto timeline = fd ? log::Timeline::read(fd->get()) : fail(fd.error());
    const auto range = timeline ? timeline->run_range(run) : std::nullopt;
    return range ? range->start : 0;
}

Result<std::uint64_t> find_start(const job::JobFolder& folder, const job::Record& record,
                                 std::uint64_t lines) {
    if (!record.keeps_log) return std::uint64_t{0};
    const auto file = log::LogFile::open(folder.fd.get());
    if (!file) return fail(file.error());
    const std::uint64_t end = file->size();
    const std::uint64_t from = std::min(start_of_run(folder, record.run), end);
    return file->last_lines(lines, from, end);
}

Result<std::uint64_t> find_error_start(const job::JobFolder& folder, std::uint64_t lines) {
    const auto file = log::LogFile::open(folder.fd.get(), "log.stderr", "live.stderr");
    if (file) return file->last_lines(lines, 0, file->size());
    if (file.error().is_errno(ENOENT)) return std::uint64_t{0};
    return fail(file.error());
}

} // namespace outlast::attach
