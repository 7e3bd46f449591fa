// Every frame in bytes, against tests/golden/frames.txt: old and new programs talk to each other.
#include "golden_files.hpp"
#include "wire/messages.hpp"

#include <set>

using namespace outlast;
using namespace outlast::wire;

namespace {

Hello hello(std::uint64_t client) {
    Hello message;
    message.client = client;
    message.program_version = "0.1.0";
    return message;
}

const WindowSize large{50, 132, 1056, 800};
const WindowSize usual{24, 80, 640, 384};
const std::vector<Viewer> two_viewers{{4711, large, false, "/dev/pts/3"}, {4712, {}, true, ""}};
const Offer offer{
    4711, 9, {{"SSH_AUTH_SOCK", "/tmp/ssh-X/agent.1", false}, {"DISPLAY", ":0", true}}};

/// One of each, as the program makes it today.
std::map<std::string, Frame> frames() {
    return {
        {"hello", to_frame(FrameType::hello, hello(0x1122334455667788))},
        {"welcome", to_frame(FrameType::welcome, hello(4096))},
        {"ok", ok_reply(FrameType::stop)},
        {"error", to_frame(ErrorReply{6, "the job has ended"})},
        {"attach", to_frame(Attach{large, true, "/dev/pts/3"})},
        {"input", to_frame(Input{4096, "ls\r"})},
        {"input_ack", input_ack(4099)},
        {"resize", to_frame(usual)},
        {"signal", to_frame(Signal{10, SignalTarget::whole_job})},
        {"stop", to_frame(Stop{2, 60000, "outlast stop (uid 1000, pid 4711)"})},
        {"stop_default", to_frame(Stop{})},
        {"pause", bare_frame(FrameType::pause)},
        {"resume", bare_frame(FrameType::resume)},
        {"subscribe", bare_frame(FrameType::subscribe)},
        {"phase", to_frame(PhaseNow{2})},
        {"ended", to_frame(Ended{1, 9, std::uint64_t{1} << 33})},
        {"rename", text_frame(FrameType::rename, "gr\u00f6\u00dfe")},
        {"upgrade", bare_frame(FrameType::upgrade)},
        {"get_log", bare_frame(FrameType::get_log)},
        {"log", bare_frame(FrameType::log)},
        {"get_viewers", bare_frame(FrameType::get_viewers)},
        {"viewers", to_frame(two_viewers)},
        {"end_of_input", bare_frame(FrameType::end_of_input)},
        {"get_signal_keys", bare_frame(FrameType::get_signal_keys)},
        {"signal_keys", signal_keys_frame("\x03\x1c\x1a")},
        {"lead", to_frame(Lead{0x1122334455667788, 4096, large})},
        {"reply", reply_frame("\033[3;1R")},
        {"dismiss", to_frame(Dismiss{4711, "me"})},
        {"dismissed", text_frame(FrameType::dismissed, "outlast detach")},
        {"controlling_terminal", to_frame(ControllingTerminal{4711})},
        {"offer", to_frame(FrameType::offer, offer)},
        {"get_offer", bare_frame(FrameType::get_offer)},
        {"newest_offer", to_frame(FrameType::newest_offer, Offer())},
        {"agent_socket", bare_frame(FrameType::agent_socket)},
    };
}

/// The frame of that name as it is in the golden file.
Frame from_file(const std::string& name) {
    FrameReader reader;
    reader.add(golden::bytes_of(golden::lines("frames.txt").at(name)));
    auto frame = reader.next();
    REQUIRE(frame);
    REQUIRE(frame->has_value());
    return **frame;
}

/// The golden frame, and the same with fields that a newer version has appended.
std::vector<Frame> also_longer(const std::string& name) {
    Frame frame = from_file(name);
    Frame longer = frame;
    longer.payload += "\xAA\xBB\xCC";
    return {frame, longer};
}

template <class Parse> void check_shorter_is_damaged(const std::string& name, Parse parse) {
    Frame frame = from_file(name);
    while (!frame.payload.empty()) {
        frame.payload.pop_back();
        CAPTURE(frame.payload.size());
        CHECK_FALSE(parse(frame));
    }
}

} // namespace

TEST_CASE("each frame is encoded as it always was") {
    const auto expected = golden::lines("frames.txt");
    const auto made = frames();
    CHECK(made.size() == expected.size());
    for (const auto& [name, frame] : made) {
        CAPTURE(name);
        REQUIRE(expected.contains(name));
        CHECK(golden::hex_of(encode(frame)) == golden::hex_of(golden::bytes_of(expected.at(name))));
    }
}

TEST_CASE("no frame type is missing in the golden file") {
    std::set<int> seen;
    for (const auto& [name, frame] : frames()) seen.insert(static_cast<int>(frame.type));
    for (int type = 1; type <= static_cast<int>(FrameType::agent_socket); ++type)
        CHECK(seen.contains(type));
}

TEST_CASE("hello and welcome are decoded") {
    for (const Frame& frame : also_longer("hello")) {
        const auto message = parse_hello(frame);
        REQUIRE(message);
        CHECK(message->version == 1);
        CHECK(message->capabilities == 0);
        CHECK(message->client == 0x1122334455667788);
        CHECK(message->program_version == "0.1.0");
    }
    CHECK(parse_hello(from_file("welcome"))->client == 4096);
    check_shorter_is_damaged("hello", parse_hello);
}

TEST_CASE("a peer that is no outlast is told apart") {
    Frame frame = from_file("hello");
    frame.payload[0] = 'X';
    CHECK(parse_hello(frame).error().is(Errc::incompatible));
}

TEST_CASE("the news of a controlling terminal is decoded") {
    for (const Frame& frame : also_longer("controlling_terminal"))
        CHECK(parse_controlling_terminal(frame)->pid == 4711);
    check_shorter_is_damaged("controlling_terminal", parse_controlling_terminal);
}

TEST_CASE("answers are decoded") {
    for (const Frame& frame : also_longer("ok")) CHECK(parse_ok(frame) == FrameType::stop);
    for (const Frame& frame : also_longer("error")) {
        const auto reply = parse_error(frame);
        REQUIRE(reply);
        CHECK(reply->request == 6);
        CHECK(reply->text == "the job has ended");
    }
    for (const Frame& frame : also_longer("input_ack")) CHECK(parse_input_ack(frame) == 4099);
    check_shorter_is_damaged("ok", parse_ok);
    check_shorter_is_damaged("error", parse_error);
    check_shorter_is_damaged("input_ack", parse_input_ack);
}

TEST_CASE("who leads, and who is sent away, is decoded") {
    for (const Frame& frame : also_longer("lead")) {
        const auto lead = parse_lead(frame);
        REQUIRE(lead);
        CHECK(lead->client == 0x1122334455667788);
        CHECK(lead->offset == 4096);
        CHECK(lead->size == large);
    }
    for (const Frame& frame : also_longer("dismiss")) {
        const auto dismiss = parse_dismiss(frame);
        REQUIRE(dismiss);
        CHECK(dismiss->pid == 4711);
        CHECK(dismiss->by == "me");
    }
    check_shorter_is_damaged("lead", parse_lead);
    check_shorter_is_damaged("dismiss", parse_dismiss);
}

TEST_CASE("what a viewer sends is decoded") {
    for (const Frame& frame : also_longer("attach")) {
        const auto attach = parse_attach(frame);
        REQUIRE(attach);
        CHECK(attach->size == large);
        CHECK(attach->read_only);
        CHECK(attach->terminal == "/dev/pts/3");
    }
    for (const Frame& frame : also_longer("resize")) CHECK(parse_window_size(frame) == usual);
    const auto input = parse_input(from_file("input"));
    REQUIRE(input);
    CHECK(input->sequence == 4096);
    CHECK(input->bytes == "ls\r");
    check_shorter_is_damaged("attach", parse_attach);
    check_shorter_is_damaged("resize", parse_window_size);
}

TEST_CASE("signal and stop are decoded") {
    for (const Frame& frame : also_longer("signal")) {
        const auto signal = parse_signal(frame);
        REQUIRE(signal);
        CHECK(signal->number == 10);
        CHECK(signal->target == SignalTarget::whole_job);
    }
    for (const Frame& frame : also_longer("stop")) {
        const auto stop = parse_stop(frame);
        REQUIRE(stop);
        CHECK(stop->signal == 2);
        CHECK(stop->grace_ms == 60000);
        CHECK(stop->by == "outlast stop (uid 1000, pid 4711)");
    }
    const auto usual_stop = parse_stop(from_file("stop_default"));
    REQUIRE(usual_stop);
    CHECK(usual_stop->signal == 0);
    CHECK(usual_stop->grace_ms == -1);
    CHECK(usual_stop->by.empty());
    check_shorter_is_damaged("signal", parse_signal);
    check_shorter_is_damaged("stop", parse_stop);
    Frame newer = from_file("signal");
    newer.payload.back() = 3;
    CHECK(parse_signal(newer).error().is(Errc::incompatible));
}

TEST_CASE("phases and the end are decoded") {
    for (const Frame& frame : also_longer("phase")) {
        REQUIRE(parse_phase(frame));
        CHECK(parse_phase(frame)->phase == 2);
    }
    for (const Frame& frame : also_longer("ended")) {
        const auto ended = parse_ended(frame);
        REQUIRE(ended);
        CHECK(ended->kind == 1);
        CHECK(ended->value == 9);
        CHECK(ended->log_end == std::uint64_t{1} << 33);
    }
    check_shorter_is_damaged("phase", parse_phase);
    check_shorter_is_damaged("ended", parse_ended);
}

TEST_CASE("the list of viewers is decoded") {
    for (const Frame& frame : also_longer("viewers")) {
        const auto viewers = parse_viewers(frame);
        REQUIRE(viewers);
        REQUIRE(viewers->size() == 2);
        CHECK((*viewers)[0].pid == 4711);
        CHECK((*viewers)[0].size == large);
        CHECK_FALSE((*viewers)[0].read_only);
        CHECK((*viewers)[0].terminal == "/dev/pts/3");
        CHECK((*viewers)[1].pid == 4712);
        CHECK((*viewers)[1].read_only);
    }
    check_shorter_is_damaged("viewers", parse_viewers);
}

TEST_CASE("an offer is decoded") {
    for (const Frame& frame : also_longer("offer")) {
        const auto decoded = parse_offer(frame);
        REQUIRE(decoded);
        CHECK(decoded->pid == 4711);
        CHECK(decoded->since == 9);
        CHECK(decoded->variables == offer.variables);
    }
    check_shorter_is_damaged("offer", parse_offer);
    CHECK(parse_offer(from_file("newest_offer"))->pid == 0);
}

TEST_CASE("an offer is bounded on both sides") {
    Offer crowded;
    crowded.variables.assign(40, {"N", "v", false});
    crowded.variables.insert(crowded.variables.begin(), {"L", std::string(1025, 'v'), false});
    crowded.variables.insert(crowded.variables.begin(), {std::string(65, 'N'), "v", false});
    const Frame sent = to_frame(FrameType::offer, crowded);
    CHECK(parse_offer(sent)->variables == std::vector<Variable>(16, {"N", "v", false}));
    PayloadWriter writer;
    writer.i32(0).i64(0).u16(300).u8(0).text("L").text(std::string(1025, 'v'));
    for (int i = 1; i < 300; ++i) writer.u8(0).text("N").text("v");
    CHECK(parse_offer({FrameType::offer, writer.take()})->variables.size() == 16);
}

TEST_CASE("the keys that raise a signal are decoded") {
    for (const Frame& frame : also_longer("signal_keys"))
        CHECK(parse_signal_keys(frame) == "\x03\x1c\x1a");
    check_shorter_is_damaged("signal_keys", parse_signal_keys);
}

TEST_CASE("a frame is found however the stream is cut, and an unknown type among others") {
    const std::string unknown = golden::bytes_of("03000000 ff7f 0000 616263");
    std::string stream;
    for (const auto& [name, hex] : golden::lines("frames.txt"))
        stream += golden::bytes_of(hex) + unknown;
    for (const std::size_t step : {std::size_t{1}, std::size_t{7}, stream.size()}) {
        FrameReader reader;
        std::string again;
        for (std::size_t at = 0; at < stream.size(); at += step) {
            reader.add(std::string_view(stream).substr(at, step));
            for (auto frame = reader.next(); frame && *frame; frame = reader.next())
                again += encode(**frame);
        }
        CHECK(again == stream);
    }
}

TEST_CASE("the two bytes behind the type are not looked at") {
    FrameReader reader;
    reader.add(golden::bytes_of("01000000 0e00 ffff 01"));
    const auto frame = reader.next();
    REQUIRE(frame);
    REQUIRE(frame->has_value());
    CHECK((*frame)->type == FrameType::phase);
}

TEST_CASE("64 KiB of payload are the most") {
    FrameReader largest;
    largest.add(golden::bytes_of("00000100 0600 0000") + std::string(65536, 'x'));
    REQUIRE(largest.next());
    FrameReader too_large;
    too_large.add(golden::bytes_of("01000100 0600 0000"));
    CHECK(too_large.next().error().is(Errc::damaged));
}
