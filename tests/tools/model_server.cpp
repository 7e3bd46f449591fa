// The model of a terminal for tests in other languages: streams come in, screens go out.
//
// A request is a line "ROWS COLUMNS STREAM QUESTIONS" (the last two: bytes that follow it), then
// the stream and the questions. The answer is a line "TEXT REPLIES" (bytes that follow), then the
// screen as text, a line a row, after the stream, and what the terminal answered to the questions.
#include "terminal/model.hpp"
#include "terminal/plain_text.hpp"

#include <iostream>
#include <string>

using namespace outlast::terminal;

namespace {

struct Replies : Listener {
    std::string bytes;
    void on_reply(std::string_view reply) override { bytes += reply; }
};

std::string read(std::size_t count) {
    std::string bytes(count, '\0');
    std::cin.read(bytes.data(), static_cast<std::streamsize>(count));
    return bytes;
}

} // namespace

int main() {
    std::size_t rows = 0;
    std::size_t columns = 0;
    std::size_t stream_bytes = 0;
    std::size_t question_bytes = 0;
    while (std::cin >> rows >> columns >> stream_bytes >> question_bytes &&
           std::cin.get() == '\n') {
        Model model({static_cast<std::uint16_t>(rows), static_cast<std::uint16_t>(columns)});
        model.feed(read(stream_bytes));
        const std::string text = screen_text(model);
        Replies replies;
        model.set_listener(&replies);
        model.feed(read(question_bytes));
        std::cout << text.size() << ' ' << replies.bytes.size() << '\n'
                  << text << replies.bytes << std::flush;
    }
    return 0;
}
