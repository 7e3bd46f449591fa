// Where in the log a viewer that comes back begins.
#include "attach/start_point.hpp"

#include "attach/mode_tracker.hpp"
#include "log/timeline.hpp"
#include "sys/file.hpp"

#include <algorithm>
#include <cerrno>

namespace outlast::attach {
namespace {

/// How much of the log's end is looked at for the modes that are on.
constexpr std::uint64_t looked_at = std::uint64_t{1} << 20;

std::uint64_t start_of_run(const job::JobFolder& folder, std::uint32_t run) {
    const auto fd = sys::open_at(folder.fd.get(), "timeline", O_RDONLY);
    if (!fd) return 0;
    const auto timeline = log::Timeline::read(fd->get());
    if (!timeline) return 0;
    const auto range = timeline->run_range(run);
    return range ? range->start : 0;
}

bool shows_alternate_screen(const log::LogFile& file, std::uint64_t from, std::uint64_t end) {
    ModeTracker modes;
    std::uint64_t at = std::max(from, end > looked_at ? end - looked_at : 0);
    while (at < end) {
        const auto chunk = file.read(at, end - at);
        if (!chunk || (chunk->bytes.empty() && !chunk->gap)) break;
        modes.feed(chunk->bytes);
        at = chunk->gap ? chunk->gap->to : at + chunk->bytes.size();
    }
    return modes.on_alternate_screen();
}

} // namespace

Result<std::uint64_t> find_start(const job::JobFolder& folder, const job::Record& record,
                                 std::uint64_t lines) {
    if (!record.keeps_log) return std::uint64_t{0};
    const auto file = log::LogFile::open(folder.fd.get());
    if (!file) return fail(file.error());
    const std::uint64_t end = file->size();
    const std::uint64_t from = std::min(start_of_run(folder, record.run), end);
    const bool living = job::is_alive(record.condition);
    if (record.terminal && living && shows_alternate_screen(*file, from, end)) return end;
    return file->last_lines(lines, from, end);
}

Result<std::uint64_t> find_error_start(const job::JobFolder& folder, std::uint64_t lines) {
    const auto file = log::LogFile::open(folder.fd.get(), "log.stderr", "live.stderr");
    if (file) return file->last_lines(lines, 0, file->size());
    if (file.error().is_errno(ENOENT)) return std::uint64_t{0};
    return fail(file.error());
}

} // namespace outlast::attach
