// What each frame carries: plain structs, and their form in bytes.
#pragma once

#include "wire/frame.hpp"

#include <vector>

namespace outlast::wire {

constexpr std::uint32_t protocol_magic = 0x4C54554F; // "OUTL" on the wire
constexpr std::uint16_t protocol_version = 1;

/// Bits that a client may need and a keeper may lack. A keeper refuses bits it does not know.
enum Capability : std::uint64_t {
    capability_none = 0,
    /// Viewers are told who leads; replies are typed for those who lead; viewers can be dismissed.
    capability_lead = 1,
};
constexpr std::uint64_t known_capabilities = capability_lead;

/// Both ways (welcome is the keeper's). `client` names one viewer across reconnections, so that
/// input sent again is not typed twice.
struct Hello {
    std::uint16_t version = protocol_version;
    std::uint64_t capabilities = capability_none; ///< needed (client) or known (keeper)
    std::uint64_t client = 0;
    std::string program_version;
};

struct WindowSize {
    std::uint16_t rows = 0, columns = 0, pixel_width = 0, pixel_height = 0;
    bool operator==(const WindowSize&) const = default;
};

struct Attach {
    WindowSize size;        ///< all zero: the viewer has no terminal
    bool read_only = false; ///< its input and size are not taken
    std::string terminal;   ///< "/dev/pts/3", for the list of viewers
};

struct Input {
    std::uint64_t sequence = 0; ///< how many bytes this client has sent before these
    std::string bytes;
};

enum class SignalTarget : std::uint8_t { main_process = 0, process_group = 1, whole_job = 2 };
struct Signal {
    std::int32_t number = 0;
    SignalTarget target = SignalTarget::main_process;
};

struct Stop {
    std::int32_t signal = 0;    ///< 0: as the job's spec says
    std::int64_t grace_ms = -1; ///< until SIGKILL; -1: as the job's spec says
    std::string by;             ///< who asked, for the fate: "outlast stop (uid 1000, pid 4711)"
};

/// Numbers are frozen; see twin::Phase.
struct PhaseNow {
    std::uint8_t phase = 0;
};

struct Ended {
    std::uint8_t kind = 0; ///< 0 exited, 1 signaled, 2 unknown
    std::int32_t value = 0;
    std::uint64_t log_end = 0; ///< everything the run wrote lies before this offset
};

struct Viewer {
    std::int32_t pid = 0;
    WindowSize size;
    bool read_only = false;
    std::string terminal;
};

/// From `offset` of the log on, this client's terminal is the job's: it answers what the program
/// asks, and the terminal has this size. Client 0: the stand-in, or nobody.
struct Lead {
    std::uint64_t client = 0;
    std::uint64_t offset = 0;
    WindowSize size;
};

struct Dismiss {
    std::int32_t pid = 0; ///< of the viewer; 0: all of them
    std::string by;       ///< who asked: "outlast detach (uid 1000, pid 4711)"
};

/// A variable of a viewer's environment that other viewers have another value of.
struct Variable {
    std::string name;   ///< "SSH_AUTH_SOCK"
    std::string value;  ///< as the viewer has it
    bool lasts = false; ///< what it leads to stays when the viewer's connection ends
    bool operator==(const Variable&) const = default;
};
/// What a viewer brings along (offer), or the newest one has brought (newest_offer).
struct Offer {
    std::int32_t pid = 0;   ///< of the viewer; 0: nobody is there
    std::int64_t since = 0; ///< when the viewer came: CLOCK_BOOTTIME, the same when it reconnects
    std::vector<Variable> variables;
    static constexpr std::size_t most_variables = 16;
    static constexpr std::size_t longest_name = 64;
    static constexpr std::size_t longest_value = 1024;
};

/// An adopted process leads a session of its own now, whose controlling terminal is the job's.
struct ControllingTerminal {
    std::int32_t pid = 0;
};

struct ErrorReply {
    std::uint16_t request = 0; ///< the frame type that failed
    std::string text;
};

[[nodiscard]] Frame to_frame(FrameType type, const Hello& message);
[[nodiscard]] Frame to_frame(const Attach& message);
[[nodiscard]] Frame to_frame(const Input& message);
[[nodiscard]] Frame to_frame(const WindowSize& message);
[[nodiscard]] Frame to_frame(const Signal& message);
[[nodiscard]] Frame to_frame(const Stop& message);
[[nodiscard]] Frame to_frame(const PhaseNow& message);
[[nodiscard]] Frame to_frame(const Ended& message);
[[nodiscard]] Frame to_frame(const std::vector<Viewer>& message);
/// What is more, or longer, than an offer takes is left out.
[[nodiscard]] Frame to_frame(FrameType type, const Offer& message);
[[nodiscard]] Frame to_frame(const ErrorReply& message);
[[nodiscard]] Frame to_frame(const Lead& message);
[[nodiscard]] Frame to_frame(const Dismiss& message);
[[nodiscard]] Frame to_frame(const ControllingTerminal& message);
/// Bytes for the program, as its terminal would have sent them.
[[nodiscard]] Frame reply_frame(std::string_view bytes);
/// All bytes of the client before this sequence number have reached the terminal.
[[nodiscard]] Frame input_ack(std::uint64_t sequence);
[[nodiscard]] Frame ok_reply(FrameType request);
/// Each byte of `keys` raises a signal when it is typed.
[[nodiscard]] Frame signal_keys_frame(std::string_view keys);
[[nodiscard]] Frame text_frame(FrameType type, std::string_view text);
[[nodiscard]] Frame bare_frame(FrameType type);

/// `damaged` when the payload is too short, `incompatible` for a peer that is no outlast.
[[nodiscard]] Result<Hello> parse_hello(const Frame& frame);
[[nodiscard]] Result<Attach> parse_attach(const Frame& frame);
[[nodiscard]] Result<Input> parse_input(const Frame& frame);
[[nodiscard]] Result<WindowSize> parse_window_size(const Frame& frame);
[[nodiscard]] Result<Signal> parse_signal(const Frame& frame);
[[nodiscard]] Result<Stop> parse_stop(const Frame& frame);
[[nodiscard]] Result<PhaseNow> parse_phase(const Frame& frame);
[[nodiscard]] Result<Ended> parse_ended(const Frame& frame);
[[nodiscard]] Result<std::vector<Viewer>> parse_viewers(const Frame& frame);
[[nodiscard]] Result<Offer> parse_offer(const Frame& frame);
[[nodiscard]] Result<ErrorReply> parse_error(const Frame& frame);
[[nodiscard]] Result<Lead> parse_lead(const Frame& frame);
[[nodiscard]] Result<Dismiss> parse_dismiss(const Frame& frame);
[[nodiscard]] Result<ControllingTerminal> parse_controlling_terminal(const Frame& frame);
[[nodiscard]] Result<std::uint64_t> parse_input_ack(const Frame& frame);
[[nodiscard]] Result<FrameType> parse_ok(const Frame& frame);
[[nodiscard]] Result<std::string> parse_signal_keys(const Frame& frame);

} // namespace outlast::wire
