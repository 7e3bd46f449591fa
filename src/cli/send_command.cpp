// outlast send: type into a job's terminal.
#include "attach/type_into.hpp"
#include "base/json_writer.hpp"
#include "cli/commands.hpp"
#include "cli/job_operands.hpp"
#include "cli/job_results.hpp"
#include "job/selector.hpp"
#include "sys/clock.hpp"

#include <optional>
#include <unistd.h>

namespace outlast::cli {
namespace {

constexpr Option send_options[] = {
    {"keys", 'k', Takes::value, "KEYS", "press keys: 'C-c Up Enter', 'M-x F1 y'"},
    {"paste", 'p', Takes::nothing, nullptr, "as a paste: TEXT, or - for the standard input"},
    {"eof", 0, Takes::nothing, nullptr, "end its input: what Ctrl-D does (after TEXT)"},
    {"no-newline", 'n', Takes::nothing, nullptr, "do not press Enter after TEXT"},
    {"timeout", 't', Takes::value, "SPAN", "give up after SPAN (124) if it does not read"},
};

Result<> check_usage(const Arguments& arguments) {
    const auto& words = arguments.operands();
    if (words.empty()) {
        return fail(Errc::usage, "outlast send needs the name of a job",
                    "it never guesses which one is meant", "outlast send JOB TEXT");
    }
    const bool keys = arguments.has("keys");
    if (words.size() == 1 && !keys && !arguments.has("eof"))
        return fail(Errc::usage, "nothing to send was given", {},
                    "outlast send JOB TEXT, or - for the standard input");
    if (keys && arguments.has("paste"))
        return fail(Errc::usage, "--paste and --keys exclude each other", {},
                    "two calls of outlast send do it");
    if (words.size() == 1 && arguments.has("paste"))
        return fail(Errc::usage, "nothing to paste was given", {},
                    "outlast send JOB --paste TEXT, or - for the standard input");
    if (words.size() > 1 && keys)
        return fail(Errc::usage, "TEXT and --keys exclude each other", {},
                    "two calls of outlast send do it");
    return {};
}

/// `paste` is set where there is one; it has to outlive the source.
Result<attach::TypeSource> make_source(const Arguments& arguments, const job::JobFolder& folder,
                                       const job::Record& record,
                                       std::optional<attach::Paste>& paste) {
    attach::TypeSource source;
    const auto& words = arguments.operands();
    if (const auto keys = arguments.value("keys")) {
        auto bytes = attach::bytes_of_keys(*keys, attach::cursor_keys_of(folder, record));
        if (!bytes) return fail(bytes.error());
        source.text = std::move(*bytes);
        return source;
    }
    if (arguments.has("paste")) {
        const auto brackets = attach::brackets_of(folder, record);
        if (!brackets) return fail(brackets.error());
        paste.emplace(*brackets);
        source.paste = &*paste;
    }
    if (words.size() == 2 && words[1] == "-") {
        source.file = STDIN_FILENO;
        return source;
    }
    for (std::size_t i = 1; i < words.size(); ++i) source.text += (i > 1 ? " " : "") + words[i];
    if (paste) {
        source.text = paste->feed(source.text);
        source.text += paste->finish();
        return source;
    }
    // What the Enter key sends; the terminal makes a line feed of it where it should.
    if (words.size() > 1 && !arguments.has("no-newline")) source.text += '\r';
    return source;
}

Result<> require_terminal(const job::Record& record) {
    if (record.terminal) return {};
    return fail(Errc::refused, job_label(record) + " has no terminal to type into",
                "it was started without one (run -T, or from where there was none)",
                "outlast run -t gives a job a terminal, with -d too");
}

/// A line that was begun is given to the program by the first end-of-file character; the second
/// then ends its input.
Result<> end_input(const job::JobFolder& folder, const job::Record& record,
                   const attach::Typed& typed) {
    auto connection = job::KeeperConnection::connect(folder, record);
    if (!connection) return fail(connection.error());
    const bool inside_line = typed.bytes > 0 && typed.last != '\n' && typed.last != '\r';
    for (int times = inside_line ? 2 : 1; times > 0; --times) {
        const auto frame = wire::bare_frame(wire::FrameType::end_of_input);
        if (auto done = connection->request(frame); !done) return done;
    }
    return {};
}

Result<int> send(const Arguments& arguments, Output& output) {
    if (auto good = check_usage(arguments); !good) return fail(good.error());
    const auto timeout = duration_option(arguments, "timeout", 0);
    if (!timeout) return fail(timeout.error());
    const auto registry = job::Registry::open(job::Registry::Missing::empty);
    if (!registry) return fail(registry.error());
    const auto record = job::select_job(*registry, arguments.operands()[0]);
    if (!record) return fail(record.error());
    if (auto living = require_living(*record); !living) return fail(living.error());
    if (auto typable = require_terminal(*record); !typable) return fail(typable.error());
    const auto folder = registry->open_folder(record->number);
    if (!folder) return fail(folder.error());
    std::optional<attach::Paste> paste;
    const auto source = make_source(arguments, *folder, *record, paste);
    if (!source) return fail(source.error());
    attach::JobLink link(*folder, *record);
    if (auto opened = link.open(std::nullopt); !opened) return fail(opened.error());
    const Nanoseconds deadline =
        arguments.has("timeout") ? sys::boottime_now() + std::max<Nanoseconds>(1, *timeout) : 0;
    const auto typed = attach::type_into(link, *source, deadline);
    if (!typed) return fail(typed.error());
    if (paste && paste->left_out() > 0)
        output.remark("left out " + std::to_string(paste->left_out()) +
                      " control characters that a paste must not hold");
    if (arguments.has("eof")) {
        if (auto ended = end_input(*folder, *record, *typed); !ended) return fail(ended.error());
    }
    if (!output.json) return 0;
    JsonWriter members;
    members.member("bytes", typed->bytes);
    JobResults results(output);
    results.done(*record, "sent", {}, members.text());
    return results.finish();
}

} // namespace

const Command send_command_table{
    "send",
    {},
    "ACT",
    "Type into a job's terminal.",
    "JOB TEXT… | JOB --keys KEYS | JOB --paste TEXT… | JOB -",
    "  outlast send upgrade y               the answer, and Enter\n"
    "  outlast send build --keys C-c        keys by name, as in tmux\n"
    "  outlast send psql - < script.sql     a file, as fast as it is read\n"
    "  outlast send vim --paste - < notes   pasted as in a terminal, not typed\n"
    "  outlast send cat 'the end' --eof     a line, then Ctrl-D\n",
    send_options,
    Operands::anywhere,
    true,
    send};

} // namespace outlast::cli
