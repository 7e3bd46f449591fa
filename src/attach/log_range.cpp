// Which part of a log is meant.
#include "attach/log_range.hpp"

#include "attach/line_cutter.hpp"
#include "log/timeline.hpp"
#include "sys/file.hpp"

#include <algorithm>
#include <deque>

namespace outlast::attach {
namespace {

constexpr std::size_t copy_step = std::size_t{256} << 10;

Result<log::Timeline> read_timeline(const job::JobFolder& folder) {
    const auto fd = sys::open_at(folder.fd.get(), "timeline", O_RDONLY | O_NOFOLLOW);
    auto timeline = fd ? log::Timeline::read(fd->get()) : Result<log::Timeline>(fail(fd.error()));
    if (timeline) return timeline;
    return fail(Errc::refused, "when the job's output was written is not known",
                "its timeline cannot be read: " + timeline.error().code.message(),
                "leave the times and --run out");
}

Result<> narrow_to_run(const log::Timeline& timeline, std::uint32_t run, LogRange& range) {
    const auto found = timeline.run_range(run);
    if (!found) {
        std::uint32_t last = 0;
        for (const log::TimelineRecord& record : timeline.records()) {
            if (record.kind == log::RecordKind::run) last = std::max(last, record.value);
        }
        return fail(Errc::refused, "the job has no run " + std::to_string(run), {},
                    last <= 1 ? "it has one run" : "it has runs 1 to " + std::to_string(last));
    }
    range.begin = std::max(range.begin, found->start);
    if (found->end) range.limit = *found->end;
    return {};
}

Result<> narrow_by_timeline(const job::JobFolder& folder, const RangeRequest& request,
                            LogRange& range) {
    if (!request.run && !request.since && !request.until) return {};
    const auto timeline = read_timeline(folder);
    if (!timeline) return fail(timeline.error());
    if (request.run) {
        if (auto done = narrow_to_run(*timeline, *request.run, range); !done) return done;
    }
    if (request.since) {
        const auto offset = timeline->offset_at(*request.since);
        range.begin = std::max(range.begin, offset.value_or(range.end));
    }
    if (request.until) {
        if (const auto offset = timeline->offset_at(*request.until))
            range.limit = std::min(range.limit.value_or(*offset), *offset);
    }
    return {};
}

/// Offsets of the last `most` matching lines in [from, end).
Result<std::deque<std::uint64_t>> matching_lines(const log::LogFile& file, const LogRange& range,
                                                 const LinePattern& pattern, std::uint64_t most) {
    std::deque<std::uint64_t> found;
    LineCutter cutter;
    const auto take = [&](const LinePiece& line) {
        if (!line.begins || !pattern.matches(line.text)) return;
        found.push_back(line.offset);
        if (found.size() > most) found.pop_front();
    };
    std::uint64_t at = range.begin;
    while (at < range.end) {
        const auto chunk = file.read(at, std::min<std::uint64_t>(copy_step, range.end - at));
        if (!chunk) return fail(chunk.error());
        if (chunk->gap) cutter.flush(take);
        else if (chunk->bytes.empty()) break;
        else cutter.feed(at, chunk->bytes, take);
        at = chunk->gap ? chunk->gap->to : at + chunk->bytes.size();
    }
    cutter.flush(take);
    return found;
}

/// Looks at ever larger last parts of the range: what is near the end is found at once, and the
/// whole costs no more than a seventh above one reading.
Result<std::uint64_t> last_matches(const log::LogFile& file, const LogRange& range,
                                   const LinePattern& pattern, std::uint64_t lines) {
    constexpr std::uint64_t first_window = std::uint64_t{1} << 20;
    if (lines == 0) return range.end;
    for (std::uint64_t window = first_window;; window *= 8) {
        LogRange part = range;
        const bool whole = range.end - range.begin <= window;
        if (!whole) {
            const auto start = next_line(file, range.end - window, range.end);
            if (!start) return fail(start.error());
            part.begin = *start;
        }
        const auto found = matching_lines(file, part, pattern, lines);
        if (!found) return fail(found.error());
        if (found->size() == lines) return found->front();
        if (whole) return found->empty() ? range.end : found->front();
    }
}

} // namespace

Result<std::uint64_t> next_line(const log::LogFile& file, std::uint64_t offset, std::uint64_t end) {
    while (offset < end) {
        const auto chunk = file.read(offset, std::min<std::uint64_t>(copy_step, end - offset));
        if (!chunk) return fail(chunk.error());
        if (chunk->gap) return chunk->gap->to;
        if (chunk->bytes.empty()) break;
        const std::size_t found = chunk->bytes.find('\n');
        if (found != std::string::npos) return offset + found + 1;
        offset += chunk->bytes.size();
    }
    return end;
}

Result<LogRange> find_range(const job::JobFolder& folder, const log::LogFile& file,
                            const RangeRequest& request, const LinePattern* pattern) {
    LogRange range;
    range.end = file.size();
    if (auto done = narrow_by_timeline(folder, request, range); !done) return fail(done.error());
    if (request.from) range.begin = std::max(range.begin, *request.from);
    if (request.max_bytes) {
        const std::uint64_t most = *request.max_bytes;
        const std::uint64_t stop = range.begin + most < most ? UINT64_MAX : range.begin + most;
        range.limit = std::min(range.limit.value_or(stop), stop);
    }
    if (range.limit) range.end = std::min(range.end, *range.limit);
    if (range.begin >= range.end) {
        range.end = range.begin;
        return range;
    }
    if (!request.last_lines) return range;
    const auto begin = pattern != nullptr
                           ? last_matches(file, range, *pattern, *request.last_lines)
                           : file.last_lines(*request.last_lines, range.begin, range.end);
    if (!begin) return fail(begin.error());
    range.begin = *begin;
    return range;
}

} // namespace outlast::attach
