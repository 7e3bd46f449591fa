// The stand-in's loop.
#include "standin/stand_in.hpp"

#include "attach/screen_replay.hpp"
#include "attach/terminal_identity.hpp"
#include "attach/terminal_notes.hpp"
#include "job/record.hpp"
#include "log/log_file.hpp"
#include "standin/replies.hpp"
#include "sys/clock.hpp"
#include "sys/file.hpp"
#include "sys/process_title.hpp"
#include "sys/sandbox.hpp"
#include "sys/unix_socket.hpp"
#include "terminal/listener.hpp"
#include "terminal/screen.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <fcntl.h>
#include <optional>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

namespace outlast::standin {
namespace {

constexpr std::size_t piece = std::size_t{64} << 10;
constexpr Nanoseconds quiet_time = 10 * ns_per_second;
/// A question that is older than this when we come to it has been given up, most likely.
constexpr Nanoseconds freshness = 2 * ns_per_second;
constexpr Nanoseconds pause_before_checkpoint = 300 * ns_per_ms;
constexpr Nanoseconds between_checkpoints = 2 * ns_per_second;
constexpr std::uint64_t worth_a_checkpoint = std::uint64_t{64} << 10;
constexpr std::uint64_t needs_a_checkpoint = std::uint64_t{1} << 20;
/// A third of a second of work, at the most, before the first answer.
constexpr std::uint64_t most_replayed = std::uint64_t{64} << 20;

class StandIn final : public terminal::Listener {
public:
    StandIn(job::JobFolder folder, job::Record record, log::LogFile log, sys::UniqueFd socket)
        : m_folder(std::move(folder)), m_record(std::move(record)), m_log(std::move(log)),
          m_growth(m_log.fd()), m_socket(std::move(socket)), m_notes(open_events(), m_record.run) {}

    void run();

    void on_reply(std::string_view bytes) override;
    void on_title(std::string_view title) override { m_notes.title(title, m_now); }
    void on_directory(std::string_view path) override { m_notes.directory(path, m_now); }
    void on_bell() override { m_notes.bell(m_now); }
    void on_notification(std::string_view title, std::string_view body) override {
        m_notes.notification(title, body, m_now);
    }
    void on_prompt_mark(char kind, int exit_code) override {
        if (kind == 'D') m_notes.command_ended(exit_code, m_now);
    }

private:
    enum class Peer { there, gone };

    [[nodiscard]] sys::UniqueFd open_events() const;
    [[nodiscard]] Peer serve_keeper();
    void on_frame(const wire::Frame& frame);
    void on_lead(const wire::Lead& lead);
    void take_output();
    [[nodiscard]] std::uint64_t take_piece(std::uint64_t end);
    [[nodiscard]] bool needs_model(std::string_view bytes) const;
    void load_model();
    void look_at_size();
    void send_replies();
    void save_checkpoint_when_due();
    void save_checkpoint();
    void hand_back() const;
    [[nodiscard]] int timeout() const;
    /// What a checkpoint says has to be all; of a log in memory nothing goes to the disk.
    [[nodiscard]] bool can_save() const noexcept {
        return m_model && m_whole && m_record.keeps_log;
    }

    job::JobFolder m_folder;
    job::Record m_record;
    log::LogFile m_log;
    log::GrowthWatch m_growth;
    sys::UniqueFd m_socket;
    wire::FrameReader m_reader;
    attach::TerminalNotes m_notes;
    Replies m_replies;
    std::optional<terminal::Model> m_model; ///< nothing: light
    terminal::Size m_size;
    std::uint64_t m_lines_before = 0;
    bool m_whole = true;   ///< the model knows everything
    bool m_leads = false;  ///< until we are told where to begin, and after a viewer has come
    bool m_leaves = false; ///< a viewer leads from m_end on
    bool m_more = false;   ///< the log goes on behind m_offset
    std::uint64_t m_offset = 0;
    std::uint64_t m_end = 0;           ///< when m_leaves: what lies beyond is the viewer's
    std::uint64_t m_checkpoint = 0;    ///< offset of the last one
    Nanoseconds m_checkpoint_time = 0; ///< and when it was
    Nanoseconds m_now = 0;             ///< of this round
    Nanoseconds m_last_output = 0;
    std::uint64_t m_seen_end = 0; ///< the log went up to here at m_seen_time
    Nanoseconds m_seen_time = 0;
};

sys::UniqueFd StandIn::open_events() const {
    auto events = sys::open_at(m_folder.fd.get(), "events.jsonl", O_WRONLY | O_APPEND | O_NOFOLLOW);
    return events ? std::move(*events) : sys::UniqueFd();
}

void StandIn::on_reply(std::string_view bytes) {
    const bool is_fresh = m_now - m_seen_time < freshness;
    if (m_leads && is_fresh) m_replies.add(bytes, m_now);
}

/// Plain text needs no model, but for what it puts on the screen: that can be caught up with.
bool StandIn::needs_model(std::string_view bytes) const {
    constexpr std::string_view special = "\033\a\x05\xC2"; // escape, bell, enquiry, C1 in UTF-8
    return bytes.find_first_of(special) != std::string_view::npos ||
           m_offset + bytes.size() - m_checkpoint > needs_a_checkpoint;
}

/// The terminal as it is at m_offset.
void StandIn::load_model() {
    auto replay =
        attach::ScreenReplay::open(m_folder, m_record, m_log, {m_offset, m_size, most_replayed});
    if (replay) {
        m_checkpoint = replay->began_at();
        m_whole = replay->whole();
        m_lines_before = replay->lines_before();
        m_model.emplace(std::move(replay->model()));
    } else {
        m_whole = false;
        m_model.emplace(m_size);
    }
    m_model->resize(m_size);
    m_model->screen().identity = attach::read_identity(m_folder);
    m_model->set_listener(this);
}

/// Takes the next piece in; returns how far it went.
std::uint64_t StandIn::take_piece(std::uint64_t end) {
    const auto chunk = m_log.read(m_offset, std::min<std::uint64_t>(piece, end - m_offset));
    if (!chunk) return 0;
    if (chunk->gap) {
        const std::uint64_t length = std::min(chunk->gap->to, end) - m_offset;
        if (m_model) m_model->feed("\x18"); // a sequence that was open in front of it is no more
        m_whole = false;
        m_offset += length;
        return length;
    }
    if (!m_model && needs_model(chunk->bytes)) load_model();
    if (m_model) m_model->feed(chunk->bytes);
    m_offset += chunk->bytes.size();
    return chunk->bytes.size();
}

void StandIn::take_output() {
    const std::uint64_t size = m_log.size();
    if (m_offset >= m_seen_end) {
        m_seen_end = size;
        m_seen_time = m_now;
    }
    const std::uint64_t end = m_leaves ? std::min(size, m_end) : size;
    const std::uint64_t taken = m_offset < end ? take_piece(end) : 0;
    if (taken > 0) m_last_output = m_now;
    m_more = taken > 0 && m_offset < end;
}

void StandIn::send_replies() {
    const auto frame = m_replies.next(m_now);
    if (!frame) return;
    const std::string bytes = wire::encode(*frame);
    (void)::send(m_socket.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
}

/// What a new viewer would have to read again is kept small.
void StandIn::save_checkpoint_when_due() {
    if (!can_save()) return;
    const std::uint64_t since = m_offset - m_checkpoint;
    const bool paused = !m_more && m_now - m_last_output >= pause_before_checkpoint;
    const bool due = (paused && since >= worth_a_checkpoint) || since >= needs_a_checkpoint;
    if (due && m_now - m_checkpoint_time >= between_checkpoints) save_checkpoint();
}

void StandIn::save_checkpoint() {
    if (!can_save() || m_offset - m_checkpoint < worth_a_checkpoint) return;
    attach::write_checkpoint(m_folder, {m_record.run, m_offset, m_lines_before}, *m_model);
    m_checkpoint = m_offset;
    m_checkpoint_time = m_now;
}

/// Tells the keeper how far the program has its answers.
void StandIn::hand_back() const {
    const std::string bytes = wire::encode(wire::to_frame(wire::Lead{0, m_offset, {}}));
    (void)::send(m_socket.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
}

void StandIn::on_lead(const wire::Lead& lead) {
    const wire::WindowSize& size = lead.size;
    if (lead.client != 0) {
        m_leaves = true;
        // Too far behind to be in time, it leaves the rest to the viewer.
        constexpr std::uint64_t soon_read = std::uint64_t{8} << 20;
        const bool in_time = lead.offset < m_offset + soon_read;
        m_end = in_time ? lead.offset : m_offset;
        return;
    }
    m_size = {size.rows, size.columns, size.pixel_width, size.pixel_height};
    if (m_size.rows == 0 || m_size.columns == 0) m_size = {};
    if (m_leads) {
        if (m_model) m_model->resize(m_size);
        return;
    }
    m_leads = true;
    m_offset = m_seen_end = lead.offset;
    const auto checkpoint = attach::read_checkpoint(m_folder);
    if (checkpoint && checkpoint->run == m_record.run)
        m_checkpoint = std::min(checkpoint->offset, m_offset);
    // A sequence may have begun before: then it takes a model to see its end.
    constexpr std::uint64_t look_back = 256;
    const std::uint64_t from = lead.offset - std::min(lead.offset, look_back);
    const auto before = m_log.read(from, lead.offset - from);
    if (!before || before->gap || needs_model(before->bytes)) load_model();
}

void StandIn::on_frame(const wire::Frame& frame) {
    switch (frame.type) {
    case wire::FrameType::lead:
        if (const auto lead = wire::parse_lead(frame)) on_lead(*lead);
        break;
    case wire::FrameType::ok: m_replies.on_taken(); break;
    case wire::FrameType::error: m_replies.on_refused(m_now); break;
    default: break;
    }
}

StandIn::Peer StandIn::serve_keeper() {
    std::array<char, 4096> bytes; // NOLINT(cppcoreguidelines-pro-type-member-init): filled by recv
    const ssize_t count = ::recv(m_socket.get(), bytes.data(), bytes.size(), MSG_DONTWAIT);
    if (count < 0 && (errno == EAGAIN || errno == EINTR)) return Peer::there;
    if (count <= 0) return Peer::gone;
    m_reader.add({bytes.data(), static_cast<std::size_t>(count)});
    for (;;) {
        const auto frame = m_reader.next();
        if (!frame) return Peer::gone;
        if (!*frame) return Peer::there;
        on_frame(**frame);
    }
}

int StandIn::timeout() const {
    if (m_more) return 0;
    Nanoseconds until = m_last_output + quiet_time;
    if (can_save() && m_offset - m_checkpoint >= worth_a_checkpoint)
        until = std::min(until, std::max(m_last_output + pause_before_checkpoint,
                                         m_checkpoint_time + between_checkpoints));
    for (const auto& due : {m_notes.due(), m_replies.due()}) {
        if (due) until = std::min(until, *due);
    }
    const auto wait = std::max<Nanoseconds>(0, until - sys::boottime_now()) / ns_per_ms + 1;
    const int own = static_cast<int>(std::min<Nanoseconds>(wait, quiet_time / ns_per_ms));
    const int growth = m_growth.timeout_ms();
    return growth < 0 ? own : std::min(own, growth);
}

void StandIn::run() {
    m_now = m_last_output = m_seen_time = sys::boottime_now();
    for (;;) {
        std::array<pollfd, 2> watch{{{m_socket.get(), POLLIN, 0}, {m_growth.fd(), POLLIN, 0}}};
        (void)::poll(watch.data(), watch.size(), timeout());
        m_now = sys::boottime_now();
        if (watch[1].revents != 0) m_growth.drain();
        if (watch[0].revents != 0 && serve_keeper() == Peer::gone) break;
        if (!m_leads && m_leaves) return; // a viewer was faster
        if (!m_leads) continue;
        take_output();
        send_replies();
        m_notes.flush(m_now);
        save_checkpoint_when_due();
        const bool is_quiet = m_now - m_last_output >= quiet_time && m_replies.is_empty();
        const bool is_relieved = m_leaves && m_offset >= m_end;
        if (is_relieved || (is_quiet && !m_more)) break;
    }
    m_notes.finish();
    save_checkpoint();
    hand_back();
}

Result<log::LogFile> open_log(const Descriptors& descriptors, int folder) {
    if (descriptors.log < 0) return log::LogFile::open(folder);
    const sys::UniqueFd writable(descriptors.log);
    auto fd = sys::open_at(AT_FDCWD, "/proc/self/fd/" + std::to_string(writable.get()), O_RDONLY);
    if (!fd) return fail(fd.error());
    return log::LogFile::in_memory(std::move(*fd), folder);
}

} // namespace

int run(const Descriptors& descriptors) {
    ::prctl(PR_SET_NAME, "outlast-standin", 0, 0, 0);
    for (const int fd : {descriptors.folder, descriptors.socket, descriptors.log}) {
        if (fd >= 0) ::fcntl(fd, F_SETFD, FD_CLOEXEC);
    }
    sys::UniqueFd socket(descriptors.socket);
    job::JobFolder folder;
    folder.fd = sys::UniqueFd(descriptors.folder);
    folder.path = sys::path_of(descriptors.folder);
    job::Record record = job::read_record(folder);
    auto log = open_log(descriptors, folder.fd.get());
    if (!log) return 1;
    StandIn stand_in(std::move(folder), std::move(record), std::move(*log), std::move(socket));
    (void)sys::enter_sandbox(descriptors.folder);
    stand_in.run();
    return 0;
}

} // namespace outlast::standin
