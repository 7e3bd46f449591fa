// outlast completion: what the shells complete with.
#include "base/json_writer.hpp"
#include "base/text.hpp"
#include "cli/commands.hpp"
#include "cli/complete_words.hpp"
#include "cli/completion_scripts.hpp"
#include "job/registry.hpp"

#include <algorithm>

namespace outlast::cli {
namespace {

/// Newest first; a shell would not show more, and nobody waits for a Tab.
constexpr std::size_t most_folders = 400;

std::vector<Candidate> list_jobs(JobChoice choice) {
    std::vector<Candidate> jobs;
    const auto registry = job::Registry::open(job::Registry::Missing::empty);
    if (!registry) return jobs;
    auto numbers = registry->numbers();
    std::reverse(numbers.begin(), numbers.end());
    if (numbers.size() > most_folders) numbers.resize(most_folders);
    for (const std::uint64_t number : numbers) {
        const job::Record record = job::read_record_at(registry->jobs_fd(), number);
        const bool fits = record.condition != job::Condition::damaged &&
                          (choice == JobChoice::all || job::is_alive(record.condition));
        const bool shadowed = std::any_of(jobs.begin(), jobs.end(), [&](const Candidate& each) {
            return each.word == record.name;
        });
        if (!fits || shadowed) continue;
        jobs.push_back({record.name, std::to_string(number) + ", " +
                                         job::describe_condition(record) + ": " + record.command});
    }
    return jobs;
}

std::string first_line(const Completion& completion) {
    switch (completion.kind) {
    case Completion::Kind::words: return "words";
    case Completion::Kind::files: return "files";
    case Completion::Kind::directories: return "directories";
    case Completion::Kind::command: break;
    }
    return "command " + std::to_string(completion.command_at);
}

/// The shells' question; hidden from the help.
int answer(const std::vector<std::string>& words, const Output& output) {
    const Completion completion = complete_words(words, list_jobs);
    constexpr std::size_t widest = 60;
    std::string text = first_line(completion) + "\n";
    for (const Candidate& candidate : completion.candidates) {
        text += printable_line(candidate.word) + "\t" +
                fit_width(printable_line(candidate.about), widest, Output::utf8()) + "\n";
    }
    output.print(text);
    return 0;
}

Result<int> completion(const Arguments& arguments, Output& output) {
    const auto& words = arguments.operands();
    if (!words.empty() && words[0] == "words")
        return answer({words.begin() + 1, words.end()}, output);
    const auto script =
        words.size() == 1 ? completion_script(words[0]) : std::optional<std::string_view>();
    if (!script) {
        return fail(Errc::usage, "outlast completion needs the name of a shell",
                    "there is a script for bash, zsh and fish", "outlast completion bash");
    }
    if (!output.json) {
        output.print(*script);
        return 0;
    }
    JsonWriter json;
    json.begin_object().member("schema_version", 1).member("shell", words[0]);
    output.print_line(json.member("script", *script).end_object().text());
    return 0;
}

} // namespace

const Command completion_command_table{
    "completion",
    {},
    "SET UP",
    "Print the completion script for a shell.",
    "bash|zsh|fish",
    "  source <(outlast completion bash)                in ~/.bashrc\n"
    "  source <(outlast completion zsh)                 in ~/.zshrc, after compinit\n"
    "  outlast completion fish | source                 in config.fish\n",
    {},
    Operands::anywhere,
    false,
    completion};

} // namespace outlast::cli
