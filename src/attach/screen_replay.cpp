// A job's terminal as its log tells it.
#include "attach/screen_replay.hpp"

#include "sys/file.hpp"
#include "terminal/screen.hpp"
#include "terminal/serializer.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <fcntl.h>

namespace outlast::attach {
namespace {

constexpr std::array<char, 8> checkpoint_magic{'O', 'U', 'T', 'C', 'H', 'K', 'P', '2'};
constexpr std::size_t largest_checkpoint = std::size_t{64} << 20;

/// Little-endian, as everything on disk.
struct CheckpointHeader {
    std::array<char, 8> magic;
    std::uint32_t run;
    std::uint16_t rows;
    std::uint16_t columns;
    std::uint64_t offset;
    std::uint64_t length; ///< of the bytes behind the header
    std::uint64_t sum;    ///< FNV-1a of them
    std::uint64_t lines;
};
static_assert(sizeof(CheckpointHeader) == 48);

std::uint64_t fnv1a(std::string_view bytes) noexcept {
    std::uint64_t sum = 14695981039346656037U;
    for (const char byte : bytes) sum = (sum ^ static_cast<unsigned char>(byte)) * 1099511628211U;
    return sum;
}

terminal::Size size_of(const log::TimelineRecord& record) noexcept {
    return {static_cast<std::uint16_t>(record.value >> 16),
            static_cast<std::uint16_t>(record.value & 0xFFFF), 0, 0};
}

/// How much of the history goes into a checkpoint: it is read on every attach.
std::size_t lines_to_keep(const terminal::History& history) {
    constexpr std::size_t most_lines = 10'000;
    constexpr std::size_t most_bytes = std::size_t{1} << 20;
    std::size_t lines = 0;
    std::size_t bytes = 0;
    while (lines < std::min(most_lines, history.size()) && bytes < most_bytes) {
        ++lines;
        bytes += history.line(history.size() - lines).bytes.size();
    }
    return lines;
}

/// Whether the job's terminal has another size than the model: that of another viewer, of one that
/// only looks, or a pinned one. What the model shows is then not what the program drew.
bool differs_in_size(const job::JobFolder& folder, const terminal::Size& size) {
    const auto fd = sys::open_at(folder.fd.get(), "timeline", O_RDONLY);
    const auto timeline = fd ? log::Timeline::read(fd->get()) : fail(fd.error());
    if (!timeline) return false;
    const auto& records = timeline->records();
    const auto last = std::find_if(records.rbegin(), records.rend(), [](const auto& record) {
        return record.kind == log::RecordKind::resize;
    });
    if (last == records.rend()) return false;
    const terminal::Size jobs = size_of(*last);
    return jobs.rows != size.rows || jobs.columns != size.columns;
}

} // namespace

std::optional<Checkpoint> read_checkpoint(const job::JobFolder& folder) {
    const auto bytes = sys::read_file_at(folder.fd.get(), "checkpoint", largest_checkpoint);
    CheckpointHeader header{};
    if (!bytes || bytes->size() < sizeof header) return std::nullopt;
    std::memcpy(&header, bytes->data(), sizeof header);
    const std::string_view rest = std::string_view(*bytes).substr(sizeof header);
    const bool good = header.magic == checkpoint_magic && header.length == rest.size() &&
                      header.sum == fnv1a(rest);
    if (!good) return std::nullopt;
    return Checkpoint{header.run,
                      header.offset,
                      {header.rows, header.columns, 0, 0},
                      header.lines,
                      std::string(rest)};
}

void write_checkpoint(const job::JobFolder& folder, const Place& place,
                      const terminal::Model& model) {
    if (differs_in_size(folder, model.screen().size)) return;
    terminal::RestoreOptions options;
    options.history_lines = lines_to_keep(model.screen().history);
    const std::string rest = terminal::restore(model, options);
    const terminal::Size& size = model.screen().size;
    const std::uint64_t lines = place.lines_before + model.screen().history.ever();
    const CheckpointHeader header{checkpoint_magic, place.run,   size.rows,   size.columns,
                                  place.offset,     rest.size(), fnv1a(rest), lines};
    std::string bytes(reinterpret_cast<const char*>(&header), sizeof header);
    bytes += rest;
    (void)sys::replace_file_at(folder.fd.get(), "checkpoint", bytes, sys::Durability::page_cache);
}

Result<ScreenReplay> ScreenReplay::open(const job::JobFolder& folder, const job::Record& record,
                                        const log::LogFile& log, const Target& target) {
    ScreenReplay replay(log, target);
    replay.begin(folder, record, target.offset);
    if (auto done = replay.advance(target.offset); !done) return fail(done.error());
    return replay;
}

void ScreenReplay::begin(const job::JobFolder& folder, const job::Record& record,
                         std::uint64_t target) {
    const auto fd = sys::open_at(folder.fd.get(), "timeline", O_RDONLY);
    const auto timeline = fd ? log::Timeline::read(fd->get()) : fail(fd.error());
    if (timeline) {
        if (const auto range = timeline->run_range(record.run)) m_offset = range->start;
        for (const log::TimelineRecord& each : timeline->records()) {
            if (each.kind == log::RecordKind::resize && each.offset >= m_offset)
                m_resizes.push_back(each);
        }
    }
    const auto checkpoint = record.keeps_log ? read_checkpoint(folder) : std::nullopt;
    const bool helps = checkpoint && checkpoint->run == record.run &&
                       checkpoint->offset >= m_offset && checkpoint->offset <= target;
    if (!helps) return;
    m_model.resize(checkpoint->size);
    m_model.feed(checkpoint->bytes);
    const std::uint64_t counted = m_model.screen().history.ever();
    m_lines_before = checkpoint->lines - std::min(checkpoint->lines, counted);
    m_offset = m_began_at = checkpoint->offset;
    while (m_next_resize < m_resizes.size() && m_resizes[m_next_resize].offset < m_offset)
        ++m_next_resize;
}

void ScreenReplay::resize_to_record(const log::TimelineRecord& record) {
    const terminal::Size size = size_of(record);
    if (size.rows > 0 && size.columns > 0) m_model.resize(size);
}

/// The bytes in between are not looked at; the sizes are.
void ScreenReplay::jump(std::uint64_t offset) {
    for (; m_next_resize < m_resizes.size() && m_resizes[m_next_resize].offset <= offset;
         ++m_next_resize)
        resize_to_record(m_resizes[m_next_resize]);
    m_model.feed("\x18"); // a sequence that was open in front of them is no more
    m_offset = offset;
    m_whole = false;
}

Result<> ScreenReplay::feed(std::uint64_t end) {
    constexpr std::size_t piece = std::size_t{256} << 10;
    while (m_offset < end) {
        const auto chunk = m_log->read(m_offset, std::min<std::uint64_t>(piece, end - m_offset));
        if (!chunk) return fail(chunk.error());
        if (chunk->gap) {
            jump(std::min(chunk->gap->to, end));
            continue;
        }
        if (chunk->bytes.empty()) break;
        m_model.feed(chunk->bytes);
        m_offset += chunk->bytes.size();
    }
    return {};
}

Result<> ScreenReplay::advance(std::uint64_t offset) {
    if (offset > m_offset && offset - m_offset > m_most) jump(offset - m_most);
    while (m_next_resize < m_resizes.size() && m_resizes[m_next_resize].offset <= offset) {
        const log::TimelineRecord record = m_resizes[m_next_resize];
        if (auto fed = feed(record.offset); !fed) return fed;
        resize_to_record(record);
        ++m_next_resize;
    }
    return feed(offset);
}

} // namespace outlast::attach
