// A job's terminal as a recording that asciinema plays.
#include "attach/asciicast.hpp"

#include "attach/log_source.hpp"
#include "base/json_writer.hpp"
#include "base/text.hpp"
#include "log/timeline.hpp"
#include "sys/file.hpp"

#include <algorithm>
#include <fcntl.h>
#include <vector>

namespace outlast::attach {
namespace {

using Print = std::function<void(const std::string&)>;
constexpr std::uint64_t cast_step = std::uint64_t{64} << 10;

double seconds(Nanoseconds span) {
    return static_cast<double>(std::max<Nanoseconds>(0, span)) / static_cast<double>(ns_per_second);
}

std::string event(double time, const char* kind, std::string_view data) {
    JsonWriter json;
    json.begin_array().seconds(time).string(kind).string(data).end_array();
    return json.take();
}

class Recording {
public:
    Recording(const log::LogFile& log, const Print& print) : m_log(log), m_print(print) {}

    void output(std::uint64_t end, double time);
    void resize(std::uint32_t value, double time) {
        m_print(
            event(time, "r", std::to_string(value & 0xFFFF) + "x" + std::to_string(value >> 16)));
    }
    void start_at(std::uint64_t offset) noexcept { m_offset = offset; }

private:
    const log::LogFile& m_log;
    const Print& m_print;
    std::uint64_t m_offset = 0;
    std::string m_bytes; ///< the beginning of a character, if one was cut
};

void Recording::output(std::uint64_t end, double time) {
    while (m_offset < end) {
        const auto chunk = m_log.read(m_offset, std::min(cast_step, end - m_offset));
        if (!chunk || (chunk->bytes.empty() && !chunk->gap)) return;
        if (chunk->gap) {
            m_offset = chunk->gap->to;
            m_bytes = gap_line(*chunk->gap);
        } else {
            m_offset += chunk->bytes.size();
            m_bytes += chunk->bytes;
        }
        if (const std::string text = take_utf8(m_bytes); !text.empty())
            m_print(event(time, "o", text));
    }
}

std::string header(const job::Record& record, std::uint32_t size) {
    JsonWriter json;
    json.begin_object().member("version", 2);
    json.member("width", size & 0xFFFF).member("height", size >> 16);
    json.member("timestamp", record.started / ns_per_second);
    json.member("command", record.command).member("title", record.name);
    return json.end_object().take();
}

} // namespace

std::string take_utf8(std::string& bytes) {
    std::string text;
    std::string_view rest = bytes;
    while (!rest.empty()) {
        if (const std::size_t length = utf8_sequence_length(rest); length > 0) {
            text += rest.substr(0, length);
            rest.remove_prefix(length);
            continue;
        }
        const auto lead = static_cast<unsigned char>(rest[0]);
        const std::size_t wanted = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
        const bool may_go_on = lead >= 0xC2 && lead < 0xF5 && rest.size() < wanted;
        if (may_go_on) break;
        text += "\xEF\xBF\xBD";
        rest.remove_prefix(1);
    }
    bytes.erase(0, bytes.size() - rest.size());
    return text;
}

Result<> write_asciicast(const job::JobFolder& folder, const job::Record& record,
                         const Print& print) {
    const auto log = log::LogFile::open(folder.fd.get());
    if (!log) return fail(Error(log.error()).within("the job's log"));
    const auto fd = sys::open_at(folder.fd.get(), "timeline", O_RDONLY);
    const auto timeline = fd ? log::Timeline::read(fd->get()) : fail(fd.error());
    if (!timeline) return fail(Error(timeline.error()).within("the job's timeline"));
    const auto range = timeline->run_range(record.run);
    const std::uint64_t start = range ? range->start : 0;
    const std::uint64_t end = log->size();
    std::vector<log::TimelineRecord> points;
    for (const log::TimelineRecord& each : timeline->records()) {
        if (each.offset >= start && each.kind != log::RecordKind::run) points.push_back(each);
    }
    std::uint32_t size = 24U << 16 | 80U;
    const bool told = !points.empty() && points[0].kind == log::RecordKind::resize;
    if (told) size = points[0].value;
    print(header(record, size));
    Recording recording(*log, print);
    recording.start_at(start);
    double time = 0;
    for (std::size_t i = told ? 1 : 0; i < points.size(); ++i) {
        // What came before this point was written at the one before.
        recording.output(std::min(points[i].offset, end), time);
        time = std::max(time, seconds(points[i].time - record.started));
        if (points[i].kind == log::RecordKind::resize) recording.resize(points[i].value, time);
    }
    recording.output(end, time);
    return {};
}

} // namespace outlast::attach
