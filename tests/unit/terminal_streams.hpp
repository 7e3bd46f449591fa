// Streams of terminal output made by chance, valid and broken, the same for the same seed.
#pragma once

#include <cstdint>
#include <random>
#include <string>
#include <vector>

namespace outlast::test {

class StreamMaker {
public:
    explicit StreamMaker(std::uint32_t seed) : m_random(seed) {}

    /// About `pieces` texts, controls and sequences.
    std::string make(int pieces) {
        std::string stream;
        for (int i = 0; i < pieces; ++i) stream += piece();
        return stream;
    }

private:
    int upto(int most) {
        return static_cast<int>(m_random() % static_cast<std::uint32_t>(most + 1));
    }

    std::string number() {
        if (upto(9) == 0) return "";
        return std::to_string(upto(upto(3) == 0 ? 300 : 12));
    }

    std::string text() {
        static const std::vector<std::string> words{"hello",
                                                    "x",
                                                    "the quick brown fox jumps",
                                                    "漢字",
                                                    "é",
                                                    "e\xCC\x81",
                                                    "👍",
                                                    "\t",
                                                    "Wörter ",
                                                    "\xE2\x96\x88\xE2\x96\x88",
                                                    "a\xCC\x88\xCC\xA3",
                                                    "한국어",
                                                    "~",
                                                    "0123456789012345678901234567890123456789"};
        return words[static_cast<std::size_t>(upto(static_cast<int>(words.size()) - 1))];
    }

    std::string control() {
        static const std::string controls = "\r\n\n\b\t\v\f\x0E\x0F\a\r\n\n\n";
        return {controls[static_cast<std::size_t>(upto(static_cast<int>(controls.size()) - 1))]};
    }

    std::string rendition() {
        static const std::vector<std::string> forms{
            "0",   "1",      "2",  "3",  "4",           "7",  "9",  "22",       "24",
            "27",  "31",     "42", "97", "104",         "39", "49", "38;5;200", "48;2;10;20;30",
            "4:3", "58:5:3", "59", "53", "38:2::1:2:3", "21", "5",  "8",        "58;2;1;2;3"};
        std::string text = "\033[";
        for (int i = upto(2); i >= 0; --i)
            text += forms[static_cast<std::size_t>(upto(static_cast<int>(forms.size()) - 1))] +
                    (i > 0 ? ";" : "");
        return text + "m";
    }

    std::string mode() {
        static const std::vector<int> modes{1,    5,    6,    7,    9,    12,   25,   45,   47,
                                            66,   67,   69,   1000, 1002, 1003, 1004, 1006, 1015,
                                            1045, 1047, 1048, 1049, 2004, 2026, 2031, 40,   3};
        const int number =
            modes[static_cast<std::size_t>(upto(static_cast<int>(modes.size()) - 1))];
        const std::string finals = "hlhlhlsr";
        return "\033[?" + std::to_string(number) + finals[static_cast<std::size_t>(upto(7))];
    }

    std::string csi() {
        static const std::string finals = "ABCDEFGHHHIJKLMPSTXZ@abdefgjkrrst`su^";
        std::string sequence = "\033[";
        if (upto(12) == 0) sequence += "<=>?"[upto(3)];
        for (int i = upto(3); i > 0; --i) sequence += number() + (i > 1 ? ";" : "");
        if (upto(14) == 0) sequence += " !\"#$'"[upto(5)];
        return sequence +
               finals[static_cast<std::size_t>(upto(static_cast<int>(finals.size()) - 1))];
    }

    std::string escape() {
        static const std::vector<std::string> sequences{
            "\0337",   "\0338",   "\033D",    "\033E",    "\033M",     "\033H",     "\033(0",
            "\033(B",  "\033)0",  "\033=",    "\033>",    "\033#3",    "\033#6",    "\033#5",
            "\033n",   "\033o",   "\033N",    "\033O",    "\0336",     "\0339",     "\033[!p",
            "\033[4h", "\033[4l", "\033[20h", "\033[20l", "\033[1\"q", "\033[0\"q", "\033#8",
            "\033c",   "\033(A",  "\033~"};
        const int most = static_cast<int>(sequences.size()) - 1;
        return sequences[static_cast<std::size_t>(upto(most))];
    }

    std::string other() {
        static const std::vector<std::string> sequences{"\033]0;title\a",
                                                        "\033]2;a title\033\\",
                                                        "\033]8;;http://example.org/\033\\",
                                                        "\033]8;;\a",
                                                        "\033]8;id=1;file:///x\a",
                                                        "\033]4;1;#ff0000\a",
                                                        "\033]104\a",
                                                        "\033]10;rgb:11/22/33\a",
                                                        "\033]110\a",
                                                        "\033]7;file://host/tmp\a",
                                                        "\033]133;A\a",
                                                        "\033]133;D;0\a",
                                                        "\033]22;pointer\a",
                                                        "\033[>1u",
                                                        "\033[<u",
                                                        "\033[=5;2u",
                                                        "\033[>4;2m",
                                                        "\033[>4m",
                                                        "\033[22t",
                                                        "\033[23t",
                                                        "\033P$qm\033\\",
                                                        "\033_Gf=1;abc\033\\",
                                                        "\033[2 q",
                                                        "\033[0 q",
                                                        "\033[5$x",
                                                        "\033[65;2;3;4;9$x",
                                                        "\033[2;2;4;20$z",
                                                        "\033[1;1;3;9;1;5;5;1$v",
                                                        "\033[2;2;4;9${",
                                                        "\033[2'}",
                                                        "\033[3'~",
                                                        "\033[2 @",
                                                        "\033[1 A",
                                                        "\033[5;10r",
                                                        "\033[r",
                                                        "\033[3;30s",
                                                        "\033[?69h\033[5;25s",
                                                        "\033[3g",
                                                        "\033[?5W",
                                                        "\033[12b",
                                                        "\033[?2J",
                                                        "\033[?1K",
                                                        "\033[3J",
                                                        "\033[2J",
                                                        "\033[K"};
        return sequences[static_cast<std::size_t>(upto(static_cast<int>(sequences.size()) - 1))];
    }

    std::string broken() {
        static const std::vector<std::string> pieces{"\033[",
                                                     "\033]0;never ended",
                                                     "\xC3",
                                                     "\xE2\x82",
                                                     "\xFF",
                                                     "\033",
                                                     "\x18",
                                                     "\x1A",
                                                     "\033[1;2",
                                                     "\033P",
                                                     "\xED\xA0\x80",
                                                     "\xF0\x9F",
                                                     "\033[1;2;3:4:5m",
                                                     "\xC2\x9B"
                                                     "3A",
                                                     "\xC2\x85",
                                                     "\x80",
                                                     "\033[\x01m",
                                                     "\033[<1x"};
        return pieces[static_cast<std::size_t>(upto(static_cast<int>(pieces.size()) - 1))];
    }

    std::string piece() {
        const int kind = upto(99);
        if (kind < 34) return text();
        if (kind < 48) return control();
        if (kind < 58) return rendition();
        if (kind < 66) return mode();
        if (kind < 80) return csi();
        if (kind < 87) return escape();
        if (kind < 96) return other();
        return broken();
    }

    std::mt19937 m_random;
};

} // namespace outlast::test
