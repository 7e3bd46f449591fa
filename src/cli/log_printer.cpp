// Prints a log's bytes.
#include "cli/log_printer.hpp"

#include "attach/log_source.hpp"
#include "base/json_writer.hpp"
#include "base/text.hpp"
#include "sys/clock.hpp"

#include <unistd.h>

namespace outlast::cli {
namespace {

constexpr std::size_t write_size = std::size_t{64} << 10;

attach::LineCutter::Overwritten overwritten(const LogPrinter::Form& form) {
    return form.plain ? attach::LineCutter::Overwritten::drop
                      : attach::LineCutter::Overwritten::keep;
}

void put_time(JsonWriter& json, std::optional<Nanoseconds> time) {
    if (time) json.member("time", format_rfc3339(*time)).member("time_ns", *time);
    else json.key("time").null().key("time_ns").null();
}

} // namespace

LogPrinter::LogPrinter(Form form, std::optional<attach::LinePattern> pattern,
                       log::TimelineCursor times, const Output& output)
    : m_form(form), m_pattern(std::move(pattern)), m_times(std::move(times)), m_output(output),
      m_passes(!form.json && !form.plain && !form.times && !m_pattern),
      m_cutter(overwritten(form)) {}

void LogPrinter::end_line() {
    m_cutter.flush([this](const attach::LinePiece& rest) { put(rest); });
}

void LogPrinter::take(std::uint64_t offset, std::string_view bytes) {
    if (bytes.empty()) return;
    if (m_passes) {
        m_output.print(bytes);
        m_line_start = bytes.back() == '\n';
        return;
    }
    m_times.refresh();
    m_cutter.feed(offset, bytes, [this](const attach::LinePiece& line) { put(line); });
}

void LogPrinter::put(const attach::LinePiece& piece) {
    if (piece.begins) {
        m_wanted = !m_pattern || m_pattern->matches(piece.text);
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
    if (m_form.plain) json.member("text", printable_text(text));
    else json.member("text", text);
    if (piece.end == attach::LinePiece::End::cut) json.member("continues", true);
    json.end_object();
    m_buffer += json.text();
    m_buffer += '\n';
}

std::string LogPrinter::text_of(const attach::LinePiece& piece) const {
    if (!m_form.plain) return std::string(piece.text);
    std::string_view text = piece.text;
    if (text.ends_with('\r')) text.remove_suffix(1);
    return attach::is_plain_line(text) ? std::string(text) : printable_text(text);
}

std::string LogPrinter::time_prefix(std::uint64_t offset) {
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
    std::string line;
    if (piece.begins && m_form.times) line = time_prefix(piece.offset);
    line += text_of(piece);
    std::string_view rest = line;
    if (!m_growing.empty()) {
        // What stands there already is not written again, unless something was overwritten.
        if (rest.starts_with(m_growing)) rest.remove_prefix(m_growing.size());
        else write("\r\033[K");
        m_growing.clear();
    }
    write(rest);
    if (piece.end == attach::LinePiece::End::line_feed) write("\n");
}

void LogPrinter::show_growing_line() {
    if (!m_form.live || m_form.json || m_pattern || !m_form.plain) return;
    const attach::LinePiece held = m_cutter.held();
    if (!m_cutter.inside_line() || !held.begins) return;
    const std::string prefix = m_form.times ? time_prefix(held.offset) : std::string();
    const std::size_t taken = m_form.times ? display_width(printable_line(prefix)) : 0;
    const std::size_t columns = Output::columns();
    const std::string text = text_of(held);
    // One column is left free: a full row would wrap, and could not be drawn anew.
    const std::size_t room = columns > taken + 1 ? columns - taken - 1 : 0;
    const std::string line = prefix + fit_width(text, room, Output::utf8());
    if (line == m_growing) return;
    if (line.starts_with(m_growing)) write(std::string_view(line).substr(m_growing.size()));
    else write("\r\033[K" + line);
    m_growing = line;
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
    show_growing_line();
    flush();
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
    m_output.print(m_buffer);
    m_buffer.clear();
}

} // namespace outlast::cli
