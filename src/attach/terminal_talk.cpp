// What a job's program asks of its terminal, and what the viewer's terminal answers.
#include "attach/terminal_talk.hpp"

#include <algorithm>

namespace outlast::attach {
namespace {

using Piece = terminal::SequenceCutter::Piece;

constexpr Nanoseconds late_time = 60 * ns_per_second;
constexpr char enquiry = '\x05';

} // namespace

std::string TerminalTalk::show(std::string_view bytes, bool leads) {
    std::string shown;
    if (leads && m_output.pending().empty()) {
        shown = bytes;
        return shown;
    }
    const auto without_enquiries = [&](std::string_view piece) {
        std::copy_if(piece.begin(), piece.end(), std::back_inserter(shown),
                     [](char byte) { return byte != enquiry; });
    };
    const auto sink = [&](std::string_view piece, Piece kind) {
        if (!leads && kind == Piece::text) without_enquiries(piece);
        else if (leads || !terminal::is_query(piece)) shown += piece;
    };
    m_output.feed(bytes, sink);
    if (leads) m_output.flush(sink);
    return shown;
}

void TerminalTalk::asked_by_program(std::string_view answer, Nanoseconds now) {
    if (m_awaited.size() >= most_awaited) return;
    std::string kind = terminal::reply_kind(answer);
    if (!kind.empty()) m_awaited.push_back({std::move(kind), std::string(answer), now});
}

void TerminalTalk::asked_by_us(const std::string& kind, Nanoseconds now) {
    m_awaited.push_back({kind, {}, now});
}

bool TerminalTalk::is_late(const std::string& kind) {
    const auto late = std::find_if(m_late.begin(), m_late.end(),
                                   [&](const Late& each) { return each.kind == kind; });
    if (late == m_late.end()) return false;
    m_late.erase(late);
    return true;
}

void TerminalTalk::take_sequence(std::string_view sequence, Nanoseconds now, FromTerminal& result) {
    const std::string kind = terminal::reply_kind(sequence);
    if (kind.empty()) {
        result.keys += sequence;
        return;
    }
    // What was given up is older than what is awaited now.
    if (is_late(kind)) return;
    const auto awaited = std::find_if(m_awaited.begin(), m_awaited.end(),
                                      [&](const Awaited& each) { return each.kind == kind; });
    if (awaited == m_awaited.end()) { // a key or a report that looks like one, or pasted
        result.keys += sequence;
        return;
    }
    m_slowest = std::max(m_slowest.value_or(0), now - awaited->since);
    if (awaited->answer.empty()) result.ours.emplace_back(sequence);
    else result.keys += sequence;
    m_awaited.erase(awaited);
}

TerminalTalk::FromTerminal TerminalTalk::take(std::string_view bytes, Nanoseconds now) {
    FromTerminal result;
    const auto sink = [&](std::string_view piece, Piece kind) {
        if (kind == Piece::sequence) take_sequence(piece, now, result);
        else result.keys += piece;
    };
    m_input.feed(bytes, sink);
    // A lone ESC is a key, unless an answer may be beginning.
    if (m_awaited.empty() && m_late.empty()) m_input.flush(sink);
    m_held_since = m_input.pending().empty() ? 0 : now;
    return result;
}

Nanoseconds TerminalTalk::patience() const noexcept {
    if (!m_slowest) return first_patience;
    return std::clamp(3 * *m_slowest, first_patience, most_patience);
}

std::optional<Nanoseconds> TerminalTalk::due() const {
    std::optional<Nanoseconds> first;
    const auto consider = [&](Nanoseconds moment) {
        first = first ? std::min(*first, moment) : moment;
    };
    if (m_held_since != 0) consider(m_held_since + key_patience);
    if (!m_awaited.empty()) consider(m_awaited.front().since + patience());
    if (!m_late.empty()) consider(m_late.front().until);
    return first;
}

TerminalTalk::Overdue TerminalTalk::on_time(Nanoseconds now) {
    Overdue overdue;
    while (!m_late.empty() && now >= m_late.front().until) m_late.pop_front();
    while (!m_awaited.empty() && now >= m_awaited.front().since + patience()) {
        overdue.answers += m_awaited.front().answer;
        m_late.push_back({std::move(m_awaited.front().kind), now + late_time});
        m_awaited.pop_front();
    }
    if (m_held_since != 0 && now >= m_held_since + key_patience) overdue.keys = give_up_waiting();
    return overdue;
}

std::string TerminalTalk::give_up_waiting() {
    std::string keys;
    m_input.flush([&](std::string_view piece, Piece) { keys += piece; });
    m_held_since = 0;
    return keys;
}

} // namespace outlast::attach
