// Questions of programs and answers of terminals: how they are recognised, and who gets them.
#include "attach/terminal_talk.hpp"
#include "standin/replies.hpp"
#include "terminal/sequence_cutter.hpp"

#include <doctest/doctest.h>

#include <vector>

using namespace outlast;
using attach::TerminalTalk;
using terminal::SequenceCutter;

namespace {

constexpr Nanoseconds start = ns_per_second;

/// The sequences among `bytes`, fed in pieces of `size`.
std::vector<std::string> sequences(std::string_view bytes, std::size_t size) {
    SequenceCutter cutter;
    std::vector<std::string> found;
    std::string all;
    const auto sink = [&](std::string_view piece, SequenceCutter::Piece kind) {
        all += piece;
        if (kind == SequenceCutter::Piece::sequence) found.emplace_back(piece);
    };
    for (std::size_t at = 0; at < bytes.size(); at += size)
        cutter.feed(bytes.substr(at, size), sink);
    cutter.flush(sink);
    CHECK(all == bytes);
    return found;
}

} // namespace

TEST_CASE("sequences are cut out whole, wherever the bytes are cut") {
    const std::string stream = "a\033[6nb\033]11;?\033\\c\033]0;title\ad\033P$qm\033\\\0337e\033(0"
                               "\033_G\a\033\\f\033[31";
    const std::vector<std::string> expected{"\033[6n",        "\033]11;?\033\\", "\033]0;title\a",
                                            "\033P$qm\033\\", "\0337",           "\033(0",
                                            "\033_G\a\033\\"};
    for (std::size_t size = 1; size <= stream.size(); ++size)
        CHECK(sequences(stream, size) == expected);
}

TEST_CASE("a sequence without end is text, piece by piece") {
    const std::string stream = "\033]52;c;" + std::string(3 * SequenceCutter::longest, 'A');
    CHECK(sequences(stream, 4096).empty());
}

TEST_CASE("an escape in a sequence begins another one") {
    CHECK(sequences("\033[3\033[5n", 3) == std::vector<std::string>{"\033[5n"});
    CHECK(sequences("\033\033[A", 1) == std::vector<std::string>{"\033[A"});
    CHECK(sequences("\033[3\x18[5n", 2) == std::vector<std::string>{"\033[3\x18"});
}

TEST_CASE("questions are told from what is none") {
    for (const char* question : {"\033[c",          "\033[0c",           "\033[>c",
                                 "\033[=c",         "\033[5n",           "\033[6n",
                                 "\033[?6n",        "\033[?996n",        "\033[?2026$p",
                                 "\033[4$p",        "\033[>q",           "\033[>0q",
                                 "\033[?u",         "\033[18t",          "\033[14t",
                                 "\033]11;?\033\\", "\033]4;1;?\a",      "\033]52;c;?\a",
                                 "\033P$qm\033\\",  "\033P+q544e\033\\", "\033[1;1;1;2;2;2*y",
                                 "\033[x"}) {
        CAPTURE(question);
        CHECK(terminal::is_query(question));
    }
    for (const char* other :
         {"\033[m", "\033[2 q", "\033[>4;1m", "\033[u", "\033[>1u", "\033[8;24;80t", "\033[22;0t",
          "\033]11;#000000\a", "\033]0;what?\a", "\033]8;;http://x/?\a", "\033Pq#0\033\\", "\0337",
          "\033[!p", "\033[?1049h"}) {
        CAPTURE(other);
        CHECK_FALSE(terminal::is_query(other));
    }
}

TEST_CASE("a viewer that does not lead shows no questions") {
    TerminalTalk talk;
    CHECK(talk.show("one\033[c two\x05\033[31mred\033]11;", false) == "one two\033[31mred");
    CHECK(talk.show("?\033\\three", false) == "three");
    // The rest of a sequence that began before it led comes as it is.
    CHECK(talk.show("\033[3", false).empty());
    CHECK(talk.show("2m\033[c", true) == "\033[32m\033[c");
    CHECK(talk.show("\033[6n", true) == "\033[6n");
}

TEST_CASE("the answer that a program waits for is passed on, once") {
    TerminalTalk talk;
    talk.asked_by_program("\033[3;1R", start);
    CHECK(talk.is_awaiting());
    const auto said = talk.take("a\033[9;9Rb", start + ns_per_ms);
    CHECK(said.keys == "a\033[9;9Rb");
    CHECK(said.ours.empty());
    CHECK_FALSE(talk.is_awaiting());
}

TEST_CASE("a terminal that does not answer in time is answered for") {
    TerminalTalk talk;
    talk.asked_by_program("\033[?62;22c", start);
    talk.asked_by_program("\033[0n", start);
    REQUIRE(talk.due() == start + TerminalTalk::first_patience);
    CHECK(talk.on_time(start + TerminalTalk::first_patience - 1).answers.empty());
    CHECK(talk.on_time(start + TerminalTalk::first_patience).answers == "\033[?62;22c\033[0n");
    // When it comes after all it is swallowed, and keys around it are not.
    const auto late = talk.take("x\033[?1;2cy\033[0nz", start + ns_per_second);
    CHECK(late.keys == "xyz");
    // Later ones are keys again, or pasted.
    CHECK(talk.take("\033[0n", start + ns_per_second).keys == "\033[0n");
}

TEST_CASE("the answers to our own questions are kept apart") {
    TerminalTalk talk;
    talk.asked_by_us("?c", start);
    talk.asked_by_program("\033[?62;22c", start);
    const auto said = talk.take("\033[?1;2c\033[?1;2c", start + 1);
    REQUIRE(said.ours.size() == 1);
    CHECK(said.keys == "\033[?1;2c");
    // And nobody gets an answer to them that the model has made up.
    talk.asked_by_us(">c", start);
    CHECK(talk.on_time(start + ns_per_second).answers.empty());
}

TEST_CASE("a terminal far away gets more time") {
    TerminalTalk talk;
    talk.asked_by_program("\033[0n", start);
    (void)talk.take("\033[0n", start + 200 * ns_per_ms);
    CHECK(talk.patience() == 600 * ns_per_ms);
}

TEST_CASE("keys are not held back, but for a moment while an answer is awaited") {
    TerminalTalk talk;
    CHECK(talk.take("\033", start).keys == "\033");
    talk.asked_by_program("\033[0n", start);
    CHECK(talk.take("\033", start).keys.empty());
    CHECK(talk.on_time(start + TerminalTalk::key_patience).keys == "\033");
    // An answer in two reads is one.
    CHECK(talk.take("\033[", start).keys.empty());
    CHECK(talk.take("0n", start).keys == "\033[0n");
}

TEST_CASE("what is awaited is bounded") {
    TerminalTalk talk;
    for (std::size_t i = 0; i < 10 * TerminalTalk::most_awaited; ++i)
        talk.asked_by_program("\033[0n", start);
    const auto overdue = talk.on_time(start + ns_per_second);
    CHECK(overdue.answers.size() == 4 * TerminalTalk::most_awaited);
}

TEST_CASE("a refused answer is offered again, for a while") {
    standin::Replies replies;
    CHECK_FALSE(replies.next(start));
    replies.add("one", start);
    auto frame = replies.next(start);
    REQUIRE(frame);
    CHECK(frame->payload == "one");
    CHECK_FALSE(replies.next(start)); // it is with the keeper
    replies.add("two", start);
    replies.on_refused(start);
    CHECK_FALSE(replies.next(start));
    frame = replies.next(start + standin::Replies::pause);
    REQUIRE(frame);
    CHECK(frame->payload == "onetwo");
    replies.on_taken();
    CHECK(replies.is_empty());
    replies.add("three", start);
    REQUIRE(replies.next(start + ns_per_second));
    replies.on_refused(start + ns_per_second);
    CHECK(replies.is_empty());
    replies.add(std::string(standin::Replies::most + 1, 'x'), start);
    CHECK(replies.is_empty());
}
