// Notes what a job's program tells its terminal as events.
#include "attach/terminal_notes.hpp"

#include "base/json_writer.hpp"
#include "sys/clock.hpp"
#include "sys/file.hpp"

#include <algorithm>
#include <sys/stat.h>

namespace outlast::attach {
namespace {

constexpr Nanoseconds spacing = ns_per_second;
constexpr std::size_t longest_text = 1024;
/// Half of what the keeper lets the file grow to: its own events always have room.
constexpr off_t most_events = off_t{4} << 20;
constexpr std::array<std::string_view, 5> names{"title", "directory", "bell", "notification",
                                                "command-ended"};

std::string member(std::string_view name, std::string_view text) {
    std::size_t length = std::min(text.size(), longest_text);
    // Not in the middle of a character.
    while (length < text.size() && length > 0 && (text[length] & '\xC0') == '\x80') --length;
    JsonWriter json;
    json.key(name).string(text.substr(0, length));
    return json.take();
}

} // namespace

void TerminalNotes::put(Kind kind, std::string members, Nanoseconds now) {
    m_notes[kind].members = std::move(members);
    if (now >= m_notes[kind].next) {
        m_notes[kind].next = now + spacing;
        write(kind);
    }
}

void TerminalNotes::title(std::string_view title, Nanoseconds now) {
    if (title == m_last_title) return;
    m_last_title = title;
    put(title_kind, member("title", title), now);
}

void TerminalNotes::directory(std::string_view path, Nanoseconds now) {
    if (path == m_last_directory) return;
    m_last_directory = path;
    put(directory_kind, member("directory", path), now);
}

void TerminalNotes::bell(Nanoseconds now) {
    ++m_bells;
    put(bell_kind, "\"times\":" + std::to_string(m_bells), now);
}

void TerminalNotes::notification(std::string_view title, std::string_view body, Nanoseconds now) {
    put(notice_kind, member("title", title) + "," + member("body", body), now);
}

void TerminalNotes::command_ended(int exit_code, Nanoseconds now) {
    put(command_kind, exit_code < 0 ? "\"code\":null" : "\"code\":" + std::to_string(exit_code),
        now);
}

void TerminalNotes::write(Kind kind) {
    const std::string members = std::exchange(m_notes[kind].members, {});
    if (kind == bell_kind) m_bells = 0;
    struct stat info {};
    if (m_events.get() < 0 || ::fstat(m_events.get(), &info) != 0) return;
    if (info.st_size > most_events) return;
    JsonWriter json;
    json.begin_object()
        .member("time_ns", sys::realtime_now())
        .member("run", m_run)
        .member("event", names[kind])
        .raw(members);
    json.end_object();
    // One write: others append to the file as well.
    (void)sys::write_all(m_events.get(), json.take() + "\n");
}

void TerminalNotes::flush(Nanoseconds now) {
    for (std::size_t kind = 0; kind < kinds; ++kind) {
        Note& note = m_notes[kind];
        if (note.members.empty() || now < note.next) continue;
        note.next = now + spacing;
        write(static_cast<Kind>(kind));
    }
}

void TerminalNotes::finish() {
    for (std::size_t kind = 0; kind < kinds; ++kind) {
        if (!m_notes[kind].members.empty()) write(static_cast<Kind>(kind));
    }
}

std::optional<Nanoseconds> TerminalNotes::due() const {
    std::optional<Nanoseconds> first;
    for (const Note& note : m_notes) {
        if (!note.members.empty()) first = first ? std::min(*first, note.next) : note.next;
    }
    return first;
}

} // namespace outlast::attach
