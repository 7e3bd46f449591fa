// The form in bytes of each message.
#include "wire/messages.hpp"

#include <algorithm>

namespace outlast::wire {
namespace {

template <class T> Result<T> checked(const PayloadReader& reader, T message) {
    if (!reader.good()) return fail(Errc::damaged, "a message that is too short");
    return message;
}

void put_size(PayloadWriter& writer, const WindowSize& size) {
    writer.u16(size.rows).u16(size.columns).u16(size.pixel_width).u16(size.pixel_height);
}

WindowSize get_size(PayloadReader& reader) {
    WindowSize size;
    size.rows = reader.u16();
    size.columns = reader.u16();
    size.pixel_width = reader.u16();
    size.pixel_height = reader.u16();
    return size;
}

} // namespace

Frame to_frame(FrameType type, const Hello& message) {
    PayloadWriter writer;
    writer.u32(protocol_magic).u16(message.version).u64(message.capabilities).u64(message.client);
    writer.text(message.program_version);
    return {type, writer.take()};
}

Result<Hello> parse_hello(const Frame& frame) {
    PayloadReader reader(frame.payload);
    if (reader.u32() != protocol_magic)
        return fail(Errc::incompatible, "the peer does not speak outlast's protocol");
    Hello hello;
    hello.version = reader.u16();
    hello.capabilities = reader.u64();
    hello.client = reader.u64();
    hello.program_version = reader.text();
    return checked(reader, std::move(hello));
}

Frame to_frame(const Attach& message) {
    PayloadWriter writer;
    put_size(writer, message.size);
    writer.u8(message.read_only ? 1 : 0).text(message.terminal);
    return {FrameType::attach, writer.take()};
}

Result<Attach> parse_attach(const Frame& frame) {
    PayloadReader reader(frame.payload);
    Attach attach;
    attach.size = get_size(reader);
    attach.read_only = (reader.u8() & 1) != 0;
    attach.terminal = reader.text();
    return checked(reader, std::move(attach));
}

Frame to_frame(const Input& message) {
    PayloadWriter writer;
    writer.u64(message.sequence).rest(message.bytes);
    return {FrameType::input, writer.take()};
}

Result<Input> parse_input(const Frame& frame) {
    PayloadReader reader(frame.payload);
    Input input;
    input.sequence = reader.u64();
    input.bytes = reader.rest();
    return checked(reader, std::move(input));
}

Frame to_frame(const WindowSize& message) {
    PayloadWriter writer;
    put_size(writer, message);
    return {FrameType::resize, writer.take()};
}

Result<WindowSize> parse_window_size(const Frame& frame) {
    PayloadReader reader(frame.payload);
    const WindowSize size = get_size(reader);
    return checked(reader, size);
}

Frame to_frame(const Signal& message) {
    PayloadWriter writer;
    writer.i32(message.number).u8(static_cast<std::uint8_t>(message.target));
    return {FrameType::signal, writer.take()};
}

Result<Signal> parse_signal(const Frame& frame) {
    PayloadReader reader(frame.payload);
    Signal signal;
    signal.number = reader.i32();
    const std::uint8_t target = reader.u8();
    if (target > 2) return fail(Errc::incompatible, "an unknown target of a signal");
    signal.target = static_cast<SignalTarget>(target);
    return checked(reader, signal);
}

Frame to_frame(const Stop& message) {
    PayloadWriter writer;
    writer.i32(message.signal).i64(message.grace_ms).text(message.by);
    return {FrameType::stop, writer.take()};
}

Result<Stop> parse_stop(const Frame& frame) {
    PayloadReader reader(frame.payload);
    Stop stop;
    stop.signal = reader.i32();
    stop.grace_ms = reader.i64();
    stop.by = reader.text();
    return checked(reader, std::move(stop));
}

Frame to_frame(const PhaseNow& message) {
    PayloadWriter writer;
    writer.u8(message.phase);
    return {FrameType::phase, writer.take()};
}

Result<PhaseNow> parse_phase(const Frame& frame) {
    PayloadReader reader(frame.payload);
    const PhaseNow phase{reader.u8()};
    return checked(reader, phase);
}

Frame to_frame(const Ended& message) {
    PayloadWriter writer;
    writer.u8(message.kind).i32(message.value).u64(message.log_end);
    return {FrameType::ended, writer.take()};
}

Result<Ended> parse_ended(const Frame& frame) {
    PayloadReader reader(frame.payload);
    Ended ended;
    ended.kind = reader.u8();
    ended.value = reader.i32();
    ended.log_end = reader.u64();
    return checked(reader, ended);
}

Frame to_frame(const std::vector<Viewer>& message) {
    // What does not fit one frame is left out: the count tells how many there are in all.
    PayloadWriter writer;
    constexpr std::size_t most = 200;
    writer.u16(static_cast<std::uint16_t>(std::min(message.size(), most)));
    for (std::size_t i = 0; i < std::min(message.size(), most); ++i) {
        const Viewer& viewer = message[i];
        writer.i32(viewer.pid);
        put_size(writer, viewer.size);
        writer.u8(viewer.read_only ? 1 : 0).text(std::string_view(viewer.terminal).substr(0, 128));
    }
    return {FrameType::viewers, writer.take()};
}

Result<std::vector<Viewer>> parse_viewers(const Frame& frame) {
    PayloadReader reader(frame.payload);
    std::vector<Viewer> viewers;
    const std::uint16_t count = reader.u16();
    for (std::uint16_t i = 0; i < count && reader.good(); ++i) {
        Viewer viewer;
        viewer.pid = reader.i32();
        viewer.size = get_size(reader);
        viewer.read_only = reader.u8() != 0;
        viewer.terminal = reader.text();
        viewers.push_back(std::move(viewer));
    }
    return checked(reader, std::move(viewers));
}

Frame to_frame(const Lead& message) {
    PayloadWriter writer;
    writer.u64(message.client).u64(message.offset);
    put_size(writer, message.size);
    return {FrameType::lead, writer.take()};
}

Result<Lead> parse_lead(const Frame& frame) {
    PayloadReader reader(frame.payload);
    Lead lead;
    lead.client = reader.u64();
    lead.offset = reader.u64();
    lead.size = get_size(reader);
    return checked(reader, lead);
}

Frame to_frame(const Dismiss& message) {
    PayloadWriter writer;
    writer.i32(message.pid).text(message.by);
    return {FrameType::dismiss, writer.take()};
}

Frame to_frame(const ControllingTerminal& message) {
    PayloadWriter writer;
    writer.i32(message.pid);
    return {FrameType::controlling_terminal, writer.take()};
}

Result<ControllingTerminal> parse_controlling_terminal(const Frame& frame) {
    PayloadReader reader(frame.payload);
    const ControllingTerminal message{reader.i32()};
    return checked(reader, message);
}

Result<Dismiss> parse_dismiss(const Frame& frame) {
    PayloadReader reader(frame.payload);
    Dismiss dismiss;
    dismiss.pid = reader.i32();
    dismiss.by = reader.text();
    return checked(reader, std::move(dismiss));
}

Frame reply_frame(std::string_view bytes) { return {FrameType::reply, std::string(bytes)}; }

Frame to_frame(FrameType type, const Offer& message) {
    std::vector<const Variable*> fitting;
    for (const Variable& variable : message.variables) {
        const bool fits = variable.name.size() <= Offer::longest_name &&
                          variable.value.size() <= Offer::longest_value &&
                          fitting.size() < Offer::most_variables;
        if (fits) fitting.push_back(&variable);
    }
    PayloadWriter writer;
    writer.i32(message.pid).i64(message.since).u16(static_cast<std::uint16_t>(fitting.size()));
    for (const Variable* variable : fitting)
        writer.u8(variable->lasts ? 1 : 0).text(variable->name).text(variable->value);
    return {type, writer.take()};
}

Result<Offer> parse_offer(const Frame& frame) {
    PayloadReader reader(frame.payload);
    Offer offer;
    offer.pid = reader.i32();
    offer.since = reader.i64();
    const std::uint16_t count = reader.u16();
    for (std::uint16_t i = 0; i < count && reader.good(); ++i) {
        Variable variable;
        variable.lasts = (reader.u8() & 1) != 0;
        variable.name = reader.text();
        variable.value = reader.text();
        const bool fits = variable.name.size() <= Offer::longest_name &&
                          variable.value.size() <= Offer::longest_value &&
                          offer.variables.size() < Offer::most_variables;
        if (fits) offer.variables.push_back(std::move(variable));
    }
    return checked(reader, std::move(offer));
}

Frame to_frame(const ErrorReply& message) {
    PayloadWriter writer;
    writer.u16(message.request).text(message.text);
    return {FrameType::error, writer.take()};
}

Result<ErrorReply> parse_error(const Frame& frame) {
    PayloadReader reader(frame.payload);
    ErrorReply reply;
    reply.request = reader.u16();
    reply.text = reader.text();
    return checked(reader, std::move(reply));
}

Frame input_ack(std::uint64_t sequence) {
    PayloadWriter writer;
    writer.u64(sequence);
    return {FrameType::input_ack, writer.take()};
}

Result<std::uint64_t> parse_input_ack(const Frame& frame) {
    PayloadReader reader(frame.payload);
    const std::uint64_t sequence = reader.u64();
    return checked(reader, sequence);
}

Frame ok_reply(FrameType request) {
    PayloadWriter writer;
    writer.u16(static_cast<std::uint16_t>(request));
    return {FrameType::ok, writer.take()};
}

Result<FrameType> parse_ok(const Frame& frame) {
    PayloadReader reader(frame.payload);
    const auto type = static_cast<FrameType>(reader.u16());
    return checked(reader, type);
}

Frame signal_keys_frame(std::string_view keys) { return text_frame(FrameType::signal_keys, keys); }

Result<std::string> parse_signal_keys(const Frame& frame) {
    PayloadReader reader(frame.payload);
    std::string keys = reader.text();
    return checked(reader, std::move(keys));
}

Frame text_frame(FrameType type, std::string_view text) {
    PayloadWriter writer;
    writer.text(text);
    return {type, writer.take()};
}

Frame bare_frame(FrameType type) { return {type, {}}; }

} // namespace outlast::wire
