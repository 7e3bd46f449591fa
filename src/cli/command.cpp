// Parsing by table, and the help that the table gives.
#include "cli/command.hpp"

#include "base/duration.hpp"
#include "base/text.hpp"
#include "sys/clock.hpp"
#include "sys/exit_status.hpp"

#include <algorithm>
#include <array>
#include <getopt.h>

namespace outlast::cli {
namespace {

constexpr std::array<Option, 8> globals{{
    {"json", 0, Takes::nothing, nullptr, "one JSON object or array on stdout"},
    {"quiet", 'q', Takes::nothing, nullptr, "ids only, no remarks"},
    {"verbose", 'v', Takes::nothing, nullptr, "say more"},
    {"color", 0, Takes::value, "auto|always|never", "colours (NO_COLOR is honoured)"},
    {"no-input", 0, Takes::nothing, nullptr, "never ask"},
    {"yes", 'y', Takes::nothing, nullptr, "answer yes to every question"},
    {"state-dir", 0, Takes::value, "DIR", "where jobs are kept"},
    {"help", 'h', Takes::nothing, nullptr, "show this"},
}};

/// Options of the command first, so that a letter of its own wins over a global one (ls -q, attach
/// -r).
std::vector<Option> options_of(const Command& command) {
    std::vector<Option> options(command.options.begin(), command.options.end());
    for (const Option& global : globals) {
        Option option = global;
        const bool letter_taken =
            std::any_of(command.options.begin(), command.options.end(), [&](const Option& own) {
                return own.letter != 0 && own.letter == global.letter;
            });
        if (letter_taken) option.letter = 0;
        options.push_back(option);
    }
    return options;
}

std::string option_label(const Option& option) {
    std::string label = option.letter != 0 ? std::string("-") + option.letter + ", " : "    ";
    label += std::string("--") + option.name;
    if (option.takes == Takes::value) label += std::string(" ") + option.value_name;
    if (option.takes == Takes::optional_value) label += std::string("[=") + option.value_name + "]";
    return label;
}

} // namespace

std::optional<std::string> Arguments::value(std::string_view option) const {
    const auto [first, last] = m_values.equal_range(option);
    if (first == last) return std::nullopt;
    return std::prev(last)->second;
}

std::vector<std::string> Arguments::values(std::string_view option) const {
    std::vector<std::string> found;
    const auto [first, last] = m_values.equal_range(option);
    for (auto entry = first; entry != last; ++entry) found.push_back(entry->second);
    return found;
}

/// Feeds getopt_long(3) from the table.
class Parser {
public:
    explicit Parser(const Command& command) : m_command(command), m_options(options_of(command)) {}

    ParsedWords parse(const std::vector<std::string>& words) {
        build_tables();
        std::vector<std::string> copies(words);
        std::vector<char*> argv{
            const_cast<char*>(m_command.name)}; // getopt only moves the pointers
        for (std::string& word : copies) argv.push_back(word.data());
        argv.push_back(nullptr);
        ::optind = 0;
        ::opterr = 0;
        const int argc = static_cast<int>(argv.size()) - 1;
        std::optional<Error> first_mistake;
        for (;;) {
            int index = -1;
            const int found =
                ::getopt_long(argc, argv.data(), m_letters.c_str(), m_long.data(), &index);
            if (found == -1) break;
            if (found != '?' && found != ':') take(found, index);
            else if (!first_mistake) first_mistake = mistake(found, argv);
        }
        for (int i = ::optind; i < argc; ++i)
            m_arguments.m_operands.emplace_back(argv[static_cast<std::size_t>(i)]);
        return {std::move(m_arguments), std::move(first_mistake)};
    }

private:
    static constexpr int long_base = 1000;

    void build_tables() {
        m_letters = m_command.order == Operands::end_options ? "+:" : ":";
        for (std::size_t i = 0; i < m_options.size(); ++i) {
            const Option& option = m_options[i];
            const int argument = option.takes == Takes::nothing ? no_argument
                                 : option.takes == Takes::value ? required_argument
                                                                : optional_argument;
            m_long.push_back({option.name, argument, nullptr, long_base + static_cast<int>(i)});
            if (option.letter == 0) continue;
            m_letters += option.letter;
            if (option.takes == Takes::value) m_letters += ':';
            if (option.takes == Takes::optional_value) m_letters += "::";
        }
        m_long.push_back({nullptr, 0, nullptr, 0});
    }

    void take(int found, int) {
        for (std::size_t i = 0; i < m_options.size(); ++i) {
            const bool match = found == long_base + static_cast<int>(i) ||
                               (found < 256 && found == m_options[i].letter);
            if (!match) continue;
            m_arguments.m_values.emplace(m_options[i].name, ::optarg != nullptr ? ::optarg : "");
            return;
        }
    }

    Error mistake(int found, const std::vector<char*>& argv) {
        const std::string word = ::optind > 0 ? argv[static_cast<std::size_t>(::optind) - 1] : "";
        if (found == ':') {
            return make_error(Errc::usage, "the option " + printable_line(word) + " needs a value",
                              {}, std::string("outlast ") + m_command.name + " --help");
        }
        const std::string shown =
            ::optopt > 0 && ::optopt < 256 ? std::string("-") + static_cast<char>(::optopt) : word;
        return unknown_option(std::string("outlast ") + m_command.name, m_options, shown);
    }

    const Command& m_command;
    std::vector<Option> m_options;
    std::string m_letters;
    std::vector<option> m_long;
    Arguments m_arguments;
};

std::span<const Option> global_options() { return globals; }

Error unknown_option(const std::string& program, std::span<const Option> options,
                     const std::string& word) {
    const std::string name = word.substr(
        word.find_first_not_of('-') == std::string::npos ? 0 : word.find_first_not_of('-'));
    std::string nearest;
    std::size_t best = 3;
    for (const Option& option : options) {
        const std::size_t distance = edit_distance(option.name, name.substr(0, name.find('=')));
        if (distance < best) {
            best = distance;
            nearest = option.name;
        }
    }
    const std::string fix =
        nearest.empty() ? program + " --help" : "did you mean --" + nearest + "?";
    return make_error(Errc::usage, program + " has no option " + printable_line(word), {}, fix);
}

ParsedWords parse(const Command& command, const std::vector<std::string>& words) {
    return Parser(command).parse(words);
}

const Command* find_command(std::string_view name) {
    for (const Command& command : all_commands()) {
        if (name == command.name) return &command;
        for (const char* alias : command.aliases) {
            if (name == alias) return &command;
        }
    }
    return nullptr;
}

std::string command_help(const Command& command) {
    std::string help = std::string("outlast ") + command.name + " " + command.operands + "\n" +
                       command.summary + "\n\n";
    help += std::string("Examples:\n") + command.examples + "\nOptions:\n";
    constexpr std::size_t column = 30;
    for (const Option& option : options_of(command)) {
        std::string line = "  " + option_label(option);
        if (line.size() + 2 > column) line += "\n" + std::string(column, ' ');
        else line.append(column - line.size(), ' ');
        help += line + option.help + "\n";
    }
    if (!command.aliases.empty()) {
        help += "\nAlso called:";
        for (const char* alias : command.aliases) help += std::string(" ") + alias;
        help += "\n";
    }
    return help;
}

std::string program_help() {
    std::string help =
        "outlast keeps a command running when the connection is gone, and finds it again.\n\n"
        "  outlast run ./migrate.sh     start it; Ctrl-\\ d leaves it running\n"
        "  outlast                      what happened since you were last here\n"
        "  outlast attach migrate       back into it\n"
        "  outlast logs migrate -f      its output\n";
    std::string section;
    for (const Command& command : all_commands()) {
        if (section != command.section) {
            section = command.section;
            help += "\n" + section + "\n";
        }
        std::string line = std::string("  ") + command.name;
        line.append(line.size() < 14 ? 14 - line.size() : 1, ' ');
        help += line + command.summary + "\n";
    }
    return help + "\noutlast COMMAND --help tells more.\n";
}

Result<std::int64_t> duration_option(const Arguments& arguments, std::string_view option,
                                     std::int64_t otherwise) {
    const auto text = arguments.value(option);
    if (!text) return otherwise;
    const auto span = parse_duration(*text);
    if (span) return *span;
    return fail(Errc::usage,
                "--" + std::string(option) + ": \"" + printable_line(*text) +
                    "\" is no span of time",
                {}, "for example 90s, 15m, 6h, 1d");
}

Result<std::optional<Nanoseconds>> moment_option(const Arguments& arguments,
                                                 std::string_view option) {
    const auto text = arguments.value(option);
    if (!text) return std::optional<Nanoseconds>();
    if (const auto moment = parse_moment(*text, sys::realtime_now())) return moment;
    return fail(Errc::usage,
                "--" + std::string(option) + ": \"" + printable_line(*text) + "\" is no moment", {},
                "for example 14:05, -1h, \"2026-11-22 13:00\"");
}

Result<std::uint64_t> size_option(const Arguments& arguments, std::string_view option,
                                  std::uint64_t otherwise) {
    const auto text = arguments.value(option);
    if (!text) return otherwise;
    const auto size = parse_size(*text);
    if (size) return *size;
    return fail(Errc::usage,
                "--" + std::string(option) + ": \"" + printable_line(*text) + "\" is no size", {},
                "for example 500M, 4G");
}

Result<std::uint64_t> number_option(const Arguments& arguments, std::string_view option,
                                    std::uint64_t otherwise) {
    const auto text = arguments.value(option);
    if (!text) return otherwise;
    const auto number = parse_u64(*text);
    if (number) return *number;
    return fail(Errc::usage,
                "--" + std::string(option) + ": \"" + printable_line(*text) + "\" is no number", {},
                "for example 10");
}

Result<int> signal_option(const Arguments& arguments, std::string_view option, int otherwise) {
    const auto text = arguments.value(option);
    if (!text) return otherwise;
    if (const int signal = sys::signal_number(*text); signal > 0) return signal;
    return fail(Errc::usage,
                "--" + std::string(option) + ": \"" + printable_line(*text) + "\" is no signal", {},
                "for example INT, TERM, HUP, KILL, 9");
}

} // namespace outlast::cli
