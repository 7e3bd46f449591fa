// The command line's entry: global options, the command, its errors.
#include "cli/main.hpp"

#include "base/text.hpp"
#include "cli/command.hpp"
#include "cli/config.hpp"
#include "sys/signals.hpp"

#include <algorithm>
#include <cstdlib>
#include <fcntl.h>
#include <unistd.h>

namespace outlast::cli {
namespace {

constexpr int exit_usage = 2;

/// A program started without standard descriptors must not get a job's file as its stdout.
void fill_standard_descriptors() {
    for (int fd = 0; fd <= 2; ++fd) {
        if (::fcntl(fd, F_GETFD) < 0) (void)::open("/dev/null", O_RDWR);
    }
}

Error unknown_command(const std::string& word) {
    std::string nearest;
    std::size_t best = 3;
    for (const Command& command : all_commands()) {
        const std::size_t distance = edit_distance(command.name, word);
        if (distance < best) {
            best = distance;
            nearest = command.name;
        }
    }
    const std::string fix =
        nearest.empty() ? "outlast --help; to start a command: outlast run " + shell_quote(word)
                        : "did you mean outlast " + nearest + "?";
    return make_error(Errc::usage, "outlast has no command \"" + printable_line(word) + "\"", {},
                      fix);
}

Result<> apply_globals(const Arguments& arguments, Output& output) {
    output.json = output.json || arguments.has("json");
    output.quiet = output.quiet || arguments.has("quiet");
    output.verbose = output.verbose || arguments.has("verbose");
    output.yes = output.yes || arguments.has("yes");
    output.no_input = output.no_input || arguments.has("no-input");
    if (const auto directory = arguments.value("state-dir"))
        ::setenv("OUTLAST_STATE_DIR", directory->c_str(), 1);
    auto color = arguments.value("color");
    if (!color) color = setting("color");
    if (*color == "auto") output.set_color(Output::Color::automatic);
    else if (*color == "always") output.set_color(Output::Color::always);
    else if (*color == "never") output.set_color(Output::Color::never);
    else
        return fail(Errc::usage, "--color: \"" + printable_line(*color) + "\"", {},
                    "auto, always or never");
    return {};
}

/// Options in front of the command are moved behind it, where its table knows them: outlast --json
/// ls.
std::vector<std::string> leading_options(std::vector<std::string>& words) {
    std::vector<std::string> options;
    while (!words.empty() && words[0].starts_with('-') && words[0] != "-") {
        const bool takes_value = words[0] == "--color" || words[0] == "--state-dir";
        options.push_back(words[0]);
        words.erase(words.begin());
        if (!takes_value || words.empty()) continue;
        options.push_back(words[0]);
        words.erase(words.begin());
    }
    return options;
}

/// "--color=never", "-q", "-qv": made of global options only.
bool is_global(const std::string& word) {
    const auto options = global_options();
    if (word.starts_with("--")) {
        return std::any_of(options.begin(), options.end(), [&](const Option& option) {
            return word.substr(2, word.find('=') - 2) == option.name;
        });
    }
    return std::all_of(word.begin() + 1, word.end(), [&](char letter) {
        return std::any_of(options.begin(), options.end(),
                           [&](const Option& option) { return option.letter == letter; });
    });
}

/// `word` stands where a command is expected. Behind an option that we do not have it is taken to
/// be that option's value.
Error unknown_word(const std::vector<std::string>& options, const std::string& word) {
    for (const std::string& option : options) {
        if (option.starts_with('-') && !is_global(option))
            return unknown_option("outlast", global_options(), option);
    }
    return unknown_command(word);
}

int run_command(const Command& command, const std::vector<std::string>& words) {
    Output output;
    const auto [arguments, mistake] = parse(command, words);
    output.json = arguments.has("json"); // a wrong option beside it too is reported as asked
    // Their exit code is the job's own: a failure of ours must not be taken for one of its.
    const bool is_run = std::string_view(command.name) == "run";
    const bool passes_code_on = is_run || std::string_view(command.name) == "wait";
    constexpr int own_failure = 125;
    if (passes_code_on) output.unwritable_code = own_failure;
    if (mistake) {
        output.error(*mistake);
        return passes_code_on ? own_failure : exit_usage;
    }
    if (auto applied = apply_globals(arguments, output); !applied) {
        output.error(applied.error());
        return passes_code_on ? own_failure : exit_usage;
    }
    if (arguments.has("help")) {
        output.print(Output::in_locale(command_help(command)));
        return 0;
    }
    const auto code = command.run(arguments, output);
    if (code) return *code;
    output.error(code.error());
    if (is_run && code.error().is(Errc::command_not_found)) return 127;
    if (is_run && code.error().is(Errc::command_not_run)) return 126;
    if (passes_code_on && !code.error().is(Errc::timed_out)) return own_failure;
    return exit_code_for(code.error());
}

} // namespace

int main(int argc, char** argv) {
    fill_standard_descriptors();
    sys::hold_back_sigpipe();
    std::vector<std::string> words(argv + 1, argv + argc);
    Output output;
    output.json = std::find(words.begin(), words.end(), "--json") != words.end();
    std::vector<std::string> options = leading_options(words);
    if (!options.empty() && (options[0] == "--version" || options[0] == "-V")) {
        output.print_line("outlast " OUTLAST_VERSION);
        return 0;
    }
    const bool help =
        words.empty() && std::find_if(options.begin(), options.end(), [](const std::string& word) {
                             return word == "-h" || word == "--help";
                         }) != options.end();
    if (help || (!words.empty() && words[0] == "help" && words.size() == 1)) {
        output.print(Output::in_locale(program_help()));
        return 0;
    }
    if (!words.empty() && words[0] == "help") words = {words[1], "--help"};
    const std::string name = words.empty() ? "news" : words[0];
    const Command* command = find_command(name);
    if (command == nullptr) {
        output.error(unknown_word(options, name));
        return exit_usage;
    }
    if (!words.empty()) words.erase(words.begin());
    // `log` and `tail` differ: docker's tail is logs -f. The alias's own options come first.
    if (name == "tail") options.emplace_back("-f");
    if (name == "kill") options.insert(options.end(), {"-s", "KILL"});
    words.insert(words.begin(), options.begin(), options.end());
    return run_command(*command, words);
}

} // namespace outlast::cli
