// Text on its way into a terminal as a paste.
#include "attach/paste.hpp"

#include "attach/mode_tracker.hpp"
#include "attach/screen_replay.hpp"
#include "attach/type_into.hpp"
#include "job/keeper_connection.hpp"
#include "terminal/screen.hpp"

#include <utility>

namespace outlast::attach {
namespace {

constexpr std::string_view paste_begins = "\033[200~";
constexpr std::string_view paste_ends = "\033[201~";

bool is_c1(unsigned char first, unsigned char second) noexcept {
    return first == 0xC2 && second >= 0x80 && second < 0xA0;
}

/// Of the sequence that ends a paste.
bool ends_with_a_beginning(std::string_view text) noexcept {
    for (std::size_t length = 1; length < paste_ends.size(); ++length) {
        if (text.ends_with(paste_ends.substr(0, length))) return true;
    }
    return false;
}

} // namespace

/// The end of what was taken is held back, so that a sequence is seen whole.
void Paste::take(char byte) {
    const auto value = static_cast<unsigned char>(byte);
    const bool was_return = std::exchange(m_after_return, byte == '\r');
    if (byte == '\n' && was_return) return; // CR LF is one Enter
    const bool dropped = value == 0x7F || (value < 0x20 && byte != '\t' && byte != '\n' &&
                                           byte != '\r' && byte != '\033');
    if (dropped || (byte == '\033' && m_brackets == Brackets::no)) {
        ++m_left_out;
        return;
    }
    m_tail += byte == '\n' ? '\r' : byte;
    if (m_tail.size() >= 2 && is_c1(static_cast<unsigned char>(m_tail[m_tail.size() - 2]), value)) {
        m_tail.resize(m_tail.size() - 2);
        ++m_left_out;
    }
    if (m_tail.ends_with(paste_ends)) {
        m_tail.resize(m_tail.size() - paste_ends.size());
        ++m_left_out;
        // What stands before it must not become the same together with what comes behind.
        if (ends_with_a_beginning(m_tail)) m_tail += ' ';
    }
    constexpr std::size_t held = 64;
    if (m_tail.size() < 2 * held) return;
    m_out.append(m_tail, 0, held);
    m_tail.erase(0, held);
}

std::string Paste::feed(std::string_view text) {
    if (!std::exchange(m_begun, true) && m_brackets == Brackets::yes) m_out += paste_begins;
    for (const char byte : text) take(byte);
    return std::exchange(m_out, {});
}

std::string Paste::finish() {
    std::string rest = feed({}) + std::exchange(m_tail, {});
    if (m_brackets == Brackets::yes) rest += paste_ends;
    return rest;
}

Result<Brackets> brackets_of(const job::JobFolder& folder, const job::Record& record) {
    auto log = log::LogFile::open(folder.fd.get());
    if (!record.keeps_log) {
        auto keeper = job::KeeperConnection::connect(folder, record);
        if (!keeper) return fail(keeper.error());
        auto fd = keeper->get_log();
        if (!fd) return fail(fd.error());
        log = log::LogFile::in_memory(std::move(*fd), folder.fd.get());
    }
    if (!log) return fail(Error(log.error()).within("the job's log"));
    auto replay = ScreenReplay::open(folder, record, *log, {log->size(), {}});
    if (!replay) return fail(replay.error());
    bool asked = replay->model().screen().modes[terminal::Mode::bracketed_paste];
    // Of a long log the model has seen the end only, and most programs ask once, at their start.
    if (!asked && !replay->whole())
        asked = modes_at_both_ends(folder, record).enter().find("\033[?2004h") != std::string::npos;
    return asked ? Brackets::yes : Brackets::no;
}

} // namespace outlast::attach
