// The wait for a job: for its end, a line, silence, or a question.
#include "attach/job_link.hpp"
#include "attach/log_text.hpp"
#include "attach/start_point.hpp"
#include "attach/wait_for.hpp"
#include "base/text.hpp"
#include "job/liveliness.hpp"
#include "log/log_file.hpp"
#include "log/timeline.hpp"
#include "sys/clock.hpp"
#include "sys/file.hpp"

#include <algorithm>
#include <limits>

namespace outlast::attach {
namespace {

constexpr Nanoseconds first_pause = 20 * ns_per_ms;
constexpr Nanoseconds longest_pause = ns_per_second;
constexpr std::size_t scan_step = std::size_t{1} << 20;

/// Where the present run begins in the log: an earlier run's output is none of its.
class JobWait final : public Waitable {
public:
    JobWait(job::JobFolder folder, const job::Record& record, WaitGoal goal)
        : m_folder(std::move(folder)), m_goal(std::move(goal)), m_link(m_folder, record) {}

    [[nodiscard]] Result<> open();
    void watch(std::vector<pollfd>& into) const override;
    [[nodiscard]] Nanoseconds next_look() const override;
    [[nodiscard]] Result<std::optional<WaitResult>> look() override;

private:
    [[nodiscard]] Result<> open_log();
    [[nodiscard]] Result<> search();
    void note_growth();
    [[nodiscard]] bool user_is_needed();
    [[nodiscard]] WaitResult reached(WaitResult::Reason reason) const;
    [[nodiscard]] WaitResult ended() const;

    job::JobFolder m_folder;
    WaitGoal m_goal;
    JobLink m_link;
    std::optional<log::LogFile> m_log;
    std::optional<log::GrowthWatch> m_growth;
    std::optional<LogText> m_text; ///< what the terminal has shown
    std::uint64_t m_offset = 0;    ///< searched up to here
    std::uint64_t m_size = 0;      ///< of the log when we last looked
    bool m_more = false;           ///< there is more to search than one look takes
    std::optional<std::string> m_match;
    Nanoseconds m_idle_at = sys::never;
    Nanoseconds m_input_look = sys::never;
    Nanoseconds m_pause = first_pause;
};

Result<> JobWait::open() {
    if (auto opened = m_link.open(std::nullopt); !opened) return opened;
    if (m_goal.is_end_only()) return {};
    return open_log();
}

Result<> JobWait::open_log() {
    const job::Record& record = m_link.record();
    if (record.keeps_log) {
        auto log = log::LogFile::open(m_folder.fd.get());
        if (!log) return fail(log.error());
        m_log.emplace(std::move(*log));
        m_offset = start_of_run(m_folder, record.run);
    } else if (m_link.connection() != nullptr) {
        auto fd = m_link.connection()->get_log();
        if (!fd) return fail(fd.error());
        m_log.emplace(log::LogFile::in_memory(std::move(*fd), m_folder.fd.get()));
    } else return {}; // it has ended, and its output with it
    m_growth.emplace(m_log->fd());
    m_size = m_log->size();
    if (m_goal.from_now) m_offset = m_size;
    if (m_goal.pattern != nullptr) {
        const LineEnds ends = record.terminal ? LineEnds::terminal : LineEnds::file;
        m_text.emplace(LogText::open(m_folder, ends, *m_log, m_offset, m_size));
        m_text->renderer().observe_overwritten();
    }
    const Nanoseconds now = sys::boottime_now();
    if (m_goal.needs_input) m_input_look = now;
    if (m_goal.idle == 0) return {};
    const Nanoseconds since =
        std::max(record.started, job::last_output(m_folder).value_or(record.started));
    const Nanoseconds silent = m_goal.from_now ? 0 : sys::realtime_now() - since;
    m_idle_at = now + m_goal.idle - std::clamp<Nanoseconds>(silent, 0, m_goal.idle);
    return {};
}

void JobWait::watch(std::vector<pollfd>& into) const {
    into.push_back({m_link.fd(), POLLIN, 0});
    if (m_growth) into.push_back({m_growth->fd(), POLLIN, 0});
}

Nanoseconds JobWait::next_look() const {
    if (m_more) return 0;
    Nanoseconds moment = std::min(m_idle_at, m_input_look);
    if (m_growth && m_growth->timeout_ms() >= 0)
        moment = std::min(moment, sys::boottime_now() + m_growth->timeout_ms() * ns_per_ms);
    return moment;
}

void JobWait::note_growth() {
    m_growth->drain();
    const std::uint64_t size = m_log->size();
    if (size == m_size) return;
    m_size = size;
    const Nanoseconds now = sys::boottime_now();
    if (m_goal.idle > 0) m_idle_at = now + m_goal.idle;
    if (m_goal.needs_input) m_input_look = std::min(m_input_look, now + first_pause);
    m_pause = first_pause;
}

/// One piece of the log. What stands on the screen at its end counts too: it may be a prompt.
Result<> JobWait::search() {
    const std::uint64_t end = m_link.end() ? std::min(m_link.end()->log_end, m_size) : m_size;
    m_more = false;
    if (m_offset >= end) return {};
    const auto match = [this](std::string_view text) {
        if (!m_match && m_goal.pattern->matches(text)) m_match = printable_line(text);
    };
    const auto take = [&](const LinePiece& line) { match(line.text); };
    const auto chunk = m_log->read(m_offset, std::min<std::uint64_t>(scan_step, end - m_offset));
    if (!chunk) return fail(chunk.error());
    if (chunk->bytes.empty()) {
        m_text->flush(take);
        m_offset = chunk->gap ? chunk->gap->to : end;
    }
    m_text->feed(m_offset, chunk->bytes, take);
    m_offset += chunk->bytes.size();
    m_more = !m_match && m_offset < end;
    if (m_more) return {};
    for (const LineRenderer::Open& line : m_text->renderer().open_lines()) match(line.text);
    for (const std::string& row : m_text->renderer().alternate_rows()) match(row);
    return {};
}

bool JobWait::user_is_needed() {
    const Nanoseconds now = sys::boottime_now();
    if (now < m_input_look) return false;
    m_input_look = now + m_pause;
    m_pause = std::min(m_pause * 2, longest_pause);
    return !m_link.end() && job::waits_for_input(m_link.record());
}

WaitResult JobWait::reached(WaitResult::Reason reason) const {
    WaitResult result;
    result.reason = reason;
    result.state = m_link.end() ? job::describe_fate(m_link.end()->fate) : "running";
    if (m_link.end()) result.ended_with = job::exit_code_of(m_link.end()->fate);
    result.line = m_match.value_or("");
    return result;
}

WaitResult JobWait::ended() const {
    WaitResult result;
    const job::Fate& fate = m_link.end()->fate;
    result.state = job::describe_fate(fate);
    result.ended_with = job::exit_code_of(fate);
    result.exit_code = m_goal.is_end_only() ? *result.ended_with : 1;
    return result;
}

Result<std::optional<WaitResult>> JobWait::look() {
    if (!m_link.end()) {
        if (auto served = m_link.on_readable(); !served) return fail(served.error());
    }
    if (m_log) note_growth();
    if (m_log && m_goal.pattern != nullptr) {
        if (auto searched = search(); !searched) return fail(searched.error());
        if (m_match) return std::optional(reached(WaitResult::Reason::match));
        if (m_more) return std::optional<WaitResult>();
    }
    if (m_link.end()) return std::optional(ended());
    if (sys::boottime_now() >= m_idle_at) return std::optional(reached(WaitResult::Reason::idle));
    if (user_is_needed()) return std::optional(reached(WaitResult::Reason::needs_input));
    return std::optional<WaitResult>();
}

} // namespace

Result<std::unique_ptr<Waitable>> wait_for_job(const job::Registry& registry,
                                               const job::Record& record, const WaitGoal& goal) {
    auto folder = registry.open_folder(record.number);
    if (!folder) return fail(folder.error());
    auto wait = std::make_unique<JobWait>(std::move(*folder), record, goal);
    if (auto opened = wait->open(); !opened) return fail(opened.error());
    return wait;
}

} // namespace outlast::attach
