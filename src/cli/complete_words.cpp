// What can come next on a command line.
#include "cli/complete_words.hpp"

#include "sys/exit_status.hpp"

#include <algorithm>
#include <array>
#include <csignal>
#include <string_view>

namespace outlast::cli {
namespace {

template <std::size_t N>
bool is_one_of(std::string_view word, const std::array<std::string_view, N>& list) {
    return std::find(list.begin(), list.end(), word) != list.end();
}

/// These do something to a running job; for the others one that has ended will do.
constexpr std::array<std::string_view, 8> for_the_living{"attach", "detach", "send",   "stop",
                                                         "signal", "pause",  "resume", "check"};

class Completer {
public:
    Completer(const std::vector<std::string>& words, const ListJobs& list_jobs)
        : m_words(words), m_list_jobs(list_jobs), m_current(words.empty() ? "" : words.back()) {}

    [[nodiscard]] Completion run();

private:
    [[nodiscard]] std::size_t find_command() const;
    void walk(std::size_t from);
    void offer(std::string word, const char* about);
    void offer_commands();
    void offer_options();
    void offer_value(const Option& option, std::string_view typed, const std::string& lead);
    void offer_signals(const std::string& lead);
    void offer_operand();
    [[nodiscard]] const Option* find_option(std::string_view word) const;

    const std::vector<std::string>& m_words;
    const ListJobs& m_list_jobs;
    std::string m_current;
    const Command* m_command = nullptr;
    const Option* m_wants_value = nullptr; ///< the current word is its value
    std::size_t m_operands = 0;            ///< before the current word
    std::size_t m_command_at = 0;          ///< of run: where the command begins; 0: not yet
    bool m_options_over = false;
    Completion m_result;
};

void Completer::offer(std::string word, const char* about) {
    if (word.starts_with(m_current)) m_result.candidates.push_back({std::move(word), about});
}

/// Options of all commands may stand in front of the command.
std::size_t Completer::find_command() const {
    std::size_t at = 0;
    while (at + 1 < m_words.size() && m_words[at].starts_with('-'))
        at += m_words[at] == "--color" || m_words[at] == "--state-dir" ? 2 : 1;
    return at;
}

const Option* Completer::find_option(std::string_view word) const {
    const auto matches = [word](const Option& option) {
        if (word.starts_with("--")) return word.substr(2) == option.name;
        // Of letters in one word the last one may take a value.
        return option.letter != 0 && word.size() > 1 && word.back() == option.letter;
    };
    for (const Option& option : m_command->options) {
        if (matches(option)) return &option;
    }
    for (const Option& option : global_options()) {
        if (matches(option)) return &option;
    }
    return nullptr;
}

/// What the words before the current one leave open.
void Completer::walk(std::size_t from) {
    for (std::size_t i = from; i + 1 < m_words.size(); ++i) {
        const std::string& word = m_words[i];
        if (m_wants_value != nullptr) {
            m_wants_value = nullptr;
            continue;
        }
        if (!m_options_over && word == "--") {
            m_options_over = true;
        } else if (!m_options_over && word.size() > 1 && word[0] == '-') {
            const Option* option = find_option(word);
            if (option != nullptr && option->takes == Takes::value) m_wants_value = option;
        } else {
            if (m_operands++ == 0) m_command_at = i;
            m_options_over = m_options_over || m_command->order == Operands::end_options;
        }
    }
}

void Completer::offer_commands() {
    for (const Command& command : all_commands()) offer(command.name, command.summary);
    if (m_current.starts_with('-')) {
        offer("--help", "show the commands");
        offer("--version", "show the version");
    }
}

void Completer::offer_options() {
    for (const Option& option : m_command->options)
        offer(std::string("--") + option.name, option.help);
    for (const Option& option : global_options())
        offer(std::string("--") + option.name, option.help);
}

void Completer::offer_signals(const std::string& lead) {
    for (const int signal : {SIGTERM, SIGINT, SIGHUP, SIGQUIT, SIGKILL, SIGUSR1, SIGUSR2, SIGCONT,
                             SIGSTOP, SIGTSTP, SIGWINCH, SIGALRM, SIGPIPE})
        offer(lead + sys::signal_name(signal), "");
}

void Completer::offer_value(const Option& option, std::string_view typed, const std::string& lead) {
    const std::string_view kind = option.value_name;
    if (kind.find("FILE") != std::string_view::npos) m_result.kind = Completion::Kind::files;
    else if (kind == "DIR") m_result.kind = Completion::Kind::directories;
    else if (kind == "SIG") offer_signals(lead);
    else if (kind.find('|') != std::string_view::npos) {
        for (std::string_view rest = kind; !rest.empty();) {
            const std::size_t bar = std::min(rest.find('|'), rest.size());
            if (rest.substr(0, bar).starts_with(typed))
                m_result.candidates.push_back({lead + std::string(rest.substr(0, bar)), ""});
            rest.remove_prefix(std::min(bar + 1, rest.size()));
        }
    }
}

void Completer::offer_operand() {
    const std::string_view name = m_command->name;
    const std::string_view shape = m_command->operands;
    if (name == "completion" || name == "hook") {
        if (m_operands > 0) return;
        for (const char* shell : {"bash", "zsh", "fish"}) offer(shell, "");
        return;
    }
    if (name == "signal" && m_operands == 1) return offer_signals({});
    const bool many =
        shape.find("JOB…") != std::string_view::npos || shape.find("]…") != std::string_view::npos;
    if (!m_command->operands_are_jobs || (m_operands > 0 && !many)) return;
    const auto choice = is_one_of(name, for_the_living) ? JobChoice::living : JobChoice::all;
    for (Candidate& job : m_list_jobs(choice)) {
        if (job.word.starts_with(m_current)) m_result.candidates.push_back(std::move(job));
    }
}

Completion Completer::run() {
    const std::size_t at = find_command();
    if (at + 1 >= m_words.size()) {
        offer_commands();
        return m_result;
    }
    m_command = cli::find_command(m_words[at]);
    if (m_command == nullptr) return m_result;
    walk(at + 1);
    const std::size_t equals = m_current.find('=');
    if (m_wants_value != nullptr) {
        offer_value(*m_wants_value, m_current, {});
    } else if (m_command->order == Operands::end_options &&
               (m_operands > 0 || m_options_over || !m_current.starts_with('-'))) {
        m_result.kind = Completion::Kind::command;
        m_result.command_at = m_operands > 0 ? m_command_at : m_words.size() - 1;
    } else if (!m_options_over && m_current.starts_with("--") && equals != std::string::npos) {
        const Option* option = find_option(m_current.substr(0, equals));
        if (option != nullptr && option->takes != Takes::nothing)
            offer_value(*option, m_current.substr(equals + 1), m_current.substr(0, equals + 1));
    } else if (!m_options_over && m_current.starts_with('-')) {
        offer_options();
    } else {
        offer_operand();
    }
    return m_result;
}

} // namespace

Completion complete_words(const std::vector<std::string>& words, const ListJobs& list_jobs) {
    return Completer(words, list_jobs).run();
}

} // namespace outlast::cli
