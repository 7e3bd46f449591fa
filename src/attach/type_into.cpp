// Types into a job's terminal.
#include "attach/type_into.hpp"
#include "attach/start_point.hpp"

#include "attach/mode_tracker.hpp"
#include "log/log_file.hpp"
#include "log/timeline.hpp"
#include "sys/clock.hpp"
#include "sys/file.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <limits>
#include <poll.h>
#include <unistd.h>

namespace outlast::attach {
namespace {

constexpr std::size_t window = std::size_t{64} << 10;
constexpr std::size_t typed_piece = std::size_t{16} << 10;

class Typist {
public:
    Typist(JobLink& link, const TypeSource& source, Nanoseconds deadline)
        : m_link(link), m_text(source.text), m_file(source.file), m_paste(source.paste),
          m_deadline(deadline) {}

    Result<Typed> run();

private:
    [[nodiscard]] bool may_type() const { return m_link.untaken() + typed_piece <= window; }
    [[nodiscard]] bool has_more() const { return !m_text.empty() || m_file >= 0; }
    [[nodiscard]] Result<> check() const;
    [[nodiscard]] Result<bool> wait() const;
    [[nodiscard]] Result<> type_from_file();
    void type(std::string_view bytes);

    JobLink& m_link;
    std::string_view m_text;
    int m_file;
    Paste* m_paste;
    Nanoseconds m_deadline;
    Typed m_typed;
};

void Typist::type(std::string_view bytes) {
    if (bytes.empty()) return;
    m_typed.bytes += bytes.size();
    m_typed.last = bytes.back();
    m_link.type(bytes);
}

Result<> Typist::check() const {
    const std::string progress =
        "its terminal has taken " + std::to_string(m_typed.bytes - m_link.untaken()) + " of " +
        std::to_string(m_typed.bytes) + " bytes" + (m_file >= 0 ? " so far" : "");
    if (!m_link.last_refusal().empty()) return fail(Errc::refused, m_link.last_refusal());
    if (m_link.end()) {
        return fail(Errc::already_ended,
                    "the job has ended meanwhile: " + job::describe_fate(m_link.end()->fate),
                    progress);
    }
    if (m_deadline != 0 && sys::boottime_now() >= m_deadline) {
        return fail(Errc::timed_out, "the time is over: " + progress,
                    "its program does not read what is typed");
    }
    return {};
}

/// True when the file has something to read.
Result<bool> Typist::wait() const {
    const bool wants_file = m_text.empty() && m_file >= 0 && may_type();
    std::array<pollfd, 2> watch{{{m_link.fd(), POLLIN, 0}, {wants_file ? m_file : -1, POLLIN, 0}}};
    const int timeout = sys::poll_timeout(m_deadline == 0 ? sys::never : m_deadline);
    if (::poll(watch.data(), watch.size(), timeout) < 0 && errno != EINTR)
        return fail_errno("poll");
    if (watch[0].revents != 0) {
        if (auto served = m_link.on_readable(); !served) return fail(served.error());
    }
    return watch[1].revents != 0;
}

Result<> Typist::type_from_file() {
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-member-init): read into
    std::array<char, typed_piece> bytes;
    const ssize_t count = ::read(m_file, bytes.data(), bytes.size());
    if (count < 0 && (errno == EINTR || errno == EAGAIN)) return {};
    if (count < 0) return fail_errno("read the standard input");
    const std::string_view text(bytes.data(), static_cast<std::size_t>(count));
    if (count == 0) m_file = -1;
    if (m_paste == nullptr) type(text);
    else type(count > 0 ? m_paste->feed(text) : m_paste->finish());
    return {};
}

Result<Typed> Typist::run() {
    for (;;) {
        while (!m_text.empty() && may_type()) {
            type(m_text.substr(0, typed_piece));
            m_text.remove_prefix(std::min(typed_piece, m_text.size()));
        }
        if (!has_more() && m_link.untaken() == 0) return m_typed;
        if (auto good = check(); !good) return fail(good.error());
        const auto readable = wait();
        if (!readable) return fail(readable.error());
        if (!*readable) continue;
        if (auto done = type_from_file(); !done) return fail(done.error());
    }
}

void feed(ModeTracker& modes, const log::LogFile& log, std::uint64_t from, std::uint64_t end) {
    while (from < end) {
        const auto chunk = log.read(from, end - from);
        if (!chunk || (chunk->bytes.empty() && !chunk->gap)) return;
        modes.feed(chunk->bytes);
        from = chunk->bytes.empty() ? chunk->gap->to : from + chunk->bytes.size();
    }
}

} // namespace

Result<Typed> type_into(JobLink& link, const TypeSource& source, Nanoseconds deadline) {
    return Typist(link, source, deadline).run();
}

ModeTracker modes_at_both_ends(const job::JobFolder& folder, const job::Record& record) {
    ModeTracker modes;
    if (!record.keeps_log) return modes;
    const auto log = log::LogFile::open(folder.fd.get());
    if (!log) return modes;
    constexpr std::uint64_t looked_at = std::uint64_t{1} << 20;
    const std::uint64_t start = start_of_run(folder, record.run);
    const std::uint64_t end = log->size();
    const std::uint64_t head = std::min(end, start + looked_at);
    feed(modes, *log, start, head);
    feed(modes, *log, std::max(head, end > looked_at ? end - looked_at : 0), end);
    return modes;
}

CursorKeys cursor_keys_of(const job::JobFolder& folder, const job::Record& record) {
    return modes_at_both_ends(folder, record).enter().find("\033[?1h") != std::string::npos
               ? CursorKeys::application
               : CursorKeys::normal;
}

} // namespace outlast::attach
