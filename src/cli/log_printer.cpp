// Prints a log's bytes.
#include "cli/log_printer.hpp"

#include "attach/log_source.hpp"
#include "base/json_writer.hpp"
#include "base/text.hpp"
#include "sys/clock.hpp"

#include <algorithm>
#include <unistd.h>

namespace outlast::cli {
namespace {

constexpr std::size_t write_size = std::size_t{64} << 10;

/// Tabs as blanks, so that the width is known.
std::string expand_tabs(std::string_view text) {
    constexpr std::size_t stop = 8;
    std::string result;
    for (const char sign : text) {
        if (sign != '\t') result += sign;
        else result.append(stop - display_width(result) % stop, ' ');
    }
    return result;
}

void put_time(JsonWriter& json, std::optional<Nanoseconds> time) {
    if (time) json.member("time", format_rfc3339(*time)).member("time_ns", *time);
    else json.key("time").null().key("time_ns").null();
}

} // namespace

LogPrinter::LogPrinter(Form form, std::optional<attach::LogText> text,
                       std::optional<attach::LinePattern> pattern, log::TimelineCursor times,
                       const Output& output)
    : m_form(form), m_pattern(std::move(pattern)), m_times(std::move(times)), m_output(output),
      m_passes(!form.json && !text && !form.times && !m_pattern), m_text(std::move(text)) {}

void LogPrinter::end_line() {
    const auto take = [this](const attach::LinePiece& rest) { put(rest); };
    if (m_text) m_text->flush(take);
    else m_cutter.flush(take);
}

void LogPrinter::take(std::uint64_t offset, std::string_view bytes) {
    if (bytes.empty()) return;
    if (m_passes) {
        m_output.print(bytes);
        m_line_start = bytes.back() == '\n';
        return;
    }
    m_times.refresh();
    const auto take = [this](const attach::LinePiece& line) { put(line); };
    if (m_text) m_text->feed(offset, bytes, take);
    else m_cutter.feed(offset, bytes, take);
}

void LogPrinter::put(const attach::LinePiece& piece) {
    if (piece.begins) {
        m_wanted = !m_pattern || m_pattern->matches(piece.text);
        if (m_wanted) m_wanted = ++m_found > m_form.passed_over;
        if (m_wanted) ++m_shown;
    }
    if (!m_wanted) return;
    if (m_form.json) put_json(piece);
    else put_text(piece);
    if (m_buffer.size() >= write_size) flush();
}

void LogPrinter::put_json(const attach::LinePiece& piece) {
    std::string_view text = piece.text;
    if (piece.end == attach::LinePiece::End::line_feed && text.ends_with('\r'))
        text.remove_suffix(1);
    JsonWriter json;
    json.begin_object().member("schema_version", 1).member("offset", piece.offset);
    put_time(json, m_times.time_of(piece.offset));
    json.member("text", text);
    if (piece.end == attach::LinePiece::End::cut) json.member("continues", true);
    json.end_object();
    m_buffer += json.text();
    m_buffer += '\n';
}

std::string LogPrinter::time_prefix(std::uint64_t offset) {
    // The cursor goes forward only, and what is drawn may lie in front of what is printed next.
    for (const auto& [line, prefix] : m_open_times) {
        if (line == offset) return prefix;
    }
    const auto time = m_times.time_of(offset);
    const Nanoseconds second = time ? *time / ns_per_second : 0;
    if (second == m_prefix_second) return m_prefix;
    const std::string shown =
        time ? format_moment(*time, sys::realtime_now()) : std::string("--:--:--");
    m_prefix = m_output.styled(Style::dim, shown) + "  ";
    m_prefix_second = second;
    return m_prefix;
}

void LogPrinter::put_text(const attach::LinePiece& piece) {
    // A run that ended in the middle of a line.
    if (piece.begins && m_mid_line) write("\n");
    m_mid_line = m_text && piece.end == attach::LinePiece::End::open;
    if (piece.begins && m_form.times) write(time_prefix(piece.offset));
    write(piece.text);
    if (piece.end == attach::LinePiece::End::line_feed) write("\n");
}

/// Of the job's screen as much as fits here is drawn anew when it changes; what is above is
/// settled.
void LogPrinter::draw_open_lines() {
    const std::size_t columns = Output::columns();
    std::vector<std::string> lines;
    std::vector<std::pair<std::uint64_t, std::string>> times;
    std::uint64_t passed_over = m_form.passed_over - std::min(m_form.passed_over, m_found);
    for (const attach::LineRenderer::Open& open : m_text->renderer().open_lines()) {
        if (passed_over > 0) {
            --passed_over;
            continue;
        }
        const std::string prefix = m_form.times ? time_prefix(open.offset) : std::string();
        if (m_form.times) times.emplace_back(open.offset, prefix);
        const std::size_t taken = m_form.times ? display_width(printable_line(prefix)) : 0;
        // One column is left free: a full row would wrap, and could not be drawn anew.
        const std::size_t room = columns > taken + 1 ? columns - taken - 1 : 0;
        lines.push_back(prefix + fit_width(expand_tabs(open.text), room, Output::utf8()));
    }
    m_open_times = std::move(times);
    m_output.print(m_live_lines.show(m_buffer, lines));
    if (!m_buffer.empty() || !lines.empty()) m_line_start = lines.empty();
    m_buffer.clear();
}

void LogPrinter::gap(const log::Gap& gap) {
    end_line();
    if (m_form.json) {
        JsonWriter json;
        json.begin_object().member("schema_version", 1).key("gap").begin_object();
        json.member("from", gap.from).member("to", gap.to).end_object().end_object();
        m_buffer += json.text();
        m_buffer += '\n';
        return;
    }
    if (!m_line_start) write("\n");
    write(m_output.styled(Style::dim, attach::gap_text(gap)) + "\n");
    if (m_passes) flush(); // what comes next does not go through the buffer
}

void LogPrinter::pause() {
    if (!m_text) return flush();
    const bool draws = m_form.live && !m_form.json && !m_pattern;
    const std::size_t rows = Output::rows();
    const std::size_t reach =
        draws ? rows - std::min<std::size_t>(rows, 2) : m_text->renderer().usual_reach();
    m_text->renderer().settle(reach, [this](const attach::LinePiece& line) { put(line); });
    if (draws) draw_open_lines();
    else flush();
}

void LogPrinter::finish() {
    end_line();
    flush();
}

void LogPrinter::write(std::string_view text) {
    if (text.empty()) return;
    m_buffer += text;
    m_line_start = text.back() == '\n';
}

void LogPrinter::flush() {
    if (m_buffer.empty()) return;
    m_output.print(m_form.live ? m_live_lines.show(m_buffer, {}) : m_buffer);
    m_buffer.clear();
}

} // namespace outlast::cli
