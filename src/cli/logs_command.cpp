// outlast logs: a job's output, from anywhere in it, and as it grows.
#include "attach/command_marks.hpp"
#include "attach/log_follower.hpp"
#include "attach/log_range.hpp"
#include "attach/text_tail.hpp"
#include "base/json_writer.hpp"
#include "base/text.hpp"
#include "cli/adopted_text.hpp"
#include "cli/commands.hpp"
#include "cli/fate_line.hpp"
#include "cli/job_operands.hpp"
#include "cli/log_page.hpp"
#include "cli/log_printer.hpp"
#include "job/selector.hpp"
#include "sys/clock.hpp"
#include "sys/file.hpp"
#include "sys/send_file.hpp"

#include <algorithm>
#include <csignal>
#include <limits>
#include <unistd.h>

namespace outlast::cli {
namespace {

constexpr Option logs_options[] = {
    {"follow", 'f', Takes::nothing, nullptr, "go on until the job ends"},
    {"lines", 'n', Takes::value, "N", "only the last N lines"},
    {"command", 'c', Takes::value, "last|N", "only the output of a shell's last, or Nth, command"},
    {"since", 0, Takes::value, "TIME", "written since: 14:05, -1h, \"2026-11-22 13:00\""},
    {"until", 0, Takes::value, "TIME", "written before"},
    {"grep", 0, Takes::value, "RE", "lines that match (capitals in RE: case counts)"},
    {"times", 't', Takes::nothing, nullptr, "each line with its time"},
    {"raw", 0, Takes::nothing, nullptr, "every byte as written, also to a terminal"},
    {"plain", 0, Takes::nothing, nullptr, "as its terminal has shown it, also elsewhere"},
    {"from", 0, Takes::value, "OFFSET", "from this byte of the log on"},
    {"max-bytes", 0, Takes::value, "SIZE", "at most that much"},
    {"run", 0, Takes::value, "N", "only its Nth run"},
    {"stderr", 0, Takes::nothing, nullptr, "its error output (run --stderr)"},
    {"path", 0, Takes::nothing, nullptr, "only tell the log's file"},
};

constexpr std::size_t piece = std::size_t{256} << 10;

Result<job::Record> choose_log(const job::Registry& registry, const Arguments& arguments,
                               const Output& output) {
    if (arguments.operands().size() > 1)
        return fail(Errc::usage, "logs takes one job", {}, "outlast logs JOB, one after the other");
    return job_or_default(registry, arguments.operands(), output);
}

/// The value of an option that may be missing, by one of the conversions of cli/command.hpp.
template <class Convert> Result<std::optional<std::uint64_t>>
maybe(Convert convert, const Arguments& arguments, std::string_view option) {
    if (!arguments.has(option)) return std::optional<std::uint64_t>();
    const auto value = convert(arguments, option, 0);
    if (!value) return fail(value.error());
    return std::optional<std::uint64_t>(*value);
}

Result<attach::RangeRequest> range_request(const Arguments& arguments) {
    const auto since = moment_option(arguments, "since");
    const auto until = moment_option(arguments, "until");
    const auto lines = maybe(number_option, arguments, "lines");
    const auto from = maybe(number_option, arguments, "from");
    const auto most = maybe(size_option, arguments, "max-bytes");
    const auto run = maybe(number_option, arguments, "run");
    if (!since) return fail(since.error());
    if (!until) return fail(until.error());
    for (const auto* number : {&lines, &from, &most, &run}) {
        if (!*number) return fail(number->error());
    }
    attach::RangeRequest request{{}, *since, *until, *from, *most, *lines};
    if (*run) request.run = static_cast<std::uint32_t>(std::min<std::uint64_t>(**run, UINT32_MAX));
    const bool timed = request.since || request.until || request.run || arguments.has("times");
    if (timed && arguments.has("stderr"))
        return fail(Errc::usage, "times and runs are kept of the standard output only", {},
                    "leave --stderr out, or the times and --run");
    return request;
}

Result<log::LogFile> open_log(const job::JobFolder& folder, const job::Record& record,
                              const Arguments& arguments) {
    if (arguments.has("stderr")) {
        auto file = log::LogFile::open(folder.fd.get(), "log.stderr", "live.stderr");
        if (file || !file.error().is_errno(ENOENT)) return file;
        return fail(Errc::refused, job_label(record) + " keeps no error output apart",
                    "it was not started with --stderr", "its output: outlast logs " + record.name);
    }
    if (record.keeps_log) {
        auto file = log::LogFile::open(folder.fd.get());
        if (file) return file;
        return fail(Error(file.error()).within("the log of " + job_label(record)));
    }
    if (!job::is_alive(record.condition))
        return fail(Errc::already_ended, "the output of " + job_label(record) + " is gone",
                    "it was started with --no-log: its output was in memory while it ran",
                    "how it ended: outlast status " + record.name);
    auto keeper = job::KeeperConnection::connect(folder, record);
    if (!keeper) return fail(keeper.error());
    auto fd = keeper->get_log();
    if (!fd) return fail(fd.error());
    return log::LogFile::in_memory(std::move(*fd), folder.fd.get());
}

Result<int> print_path(const job::JobFolder& folder, const job::Record& record,
                       const Arguments& arguments, const Output& output) {
    const bool stderr_log = arguments.has("stderr");
    if (!record.keeps_log)
        return fail(Errc::refused,
                    "the log of " + job_label(record) + " is in memory, not in a file",
                    "it was started with --no-log", "its output: outlast logs " + record.name);
    const std::string name = stderr_log ? "log.stderr" : "log";
    if (::faccessat(folder.fd.get(), name.c_str(), F_OK, 0) != 0)
        return fail_errno(folder.path + "/" + name);
    const std::string path = folder.path + "/" + name;
    if (!output.json) {
        output.print_line(path);
        return 0;
    }
    JsonWriter json;
    json.begin_object().member("schema_version", 1).member("path", path).end_object();
    output.print_line(json.text());
    return 0;
}

/// Shows a range of a log, and what is added to it.
class LogView {
public:
    LogView(const job::JobFolder& folder, job::Record record, const log::LogFile& file,
            LogPrinter printer, const Output& output)
        : m_folder(folder), m_record(std::move(record)), m_file(file),
          m_printer(std::move(printer)), m_output(output) {}

    Result<> show(std::uint64_t begin, std::uint64_t end);
    /// Goes on from where `show` came to; the exit code.
    Result<int> follow(const attach::LogRange& range, Nanoseconds deadline, bool one_run);
    void tell_fate(const job::Record& record);
    void tell_command(const attach::CommandOutput& command);
    [[nodiscard]] LogPrinter& printer() noexcept { return m_printer; }
    [[nodiscard]] std::uint64_t offset() const noexcept { return m_offset; }

private:
    /// 0: this pair of files cannot be copied by the kernel, or not here.
    std::size_t copy_in_kernel(std::uint64_t end);

    const job::JobFolder& m_folder;
    job::Record m_record;
    const log::LogFile& m_file;
    LogPrinter m_printer;
    const Output& m_output;
    std::uint64_t m_offset = 0;
    log::TailMark m_mark; ///< of what was read last
    bool m_kernel_copies = true;
};

std::size_t LogView::copy_in_kernel(std::uint64_t end) {
    // Only an ended job's log: of a living one the part may be punched out while it is copied, and
    // zeros would be taken for output.
    if (!m_kernel_copies || !m_printer.passes_bytes() || job::is_alive(m_record.condition))
        return 0;
    const auto gaps = m_file.gaps();
    if (log::gap_at(gaps, m_offset)) return 0;
    for (const log::Gap& gap : gaps) {
        if (gap.from > m_offset) end = std::min(end, gap.from);
    }
    const auto most = std::min<std::uint64_t>(end - m_offset, std::uint64_t{4} << 20);
    const auto copied =
        sys::send_some(m_file.fd(), m_offset, STDOUT_FILENO, static_cast<std::size_t>(most));
    m_kernel_copies = copied && *copied > 0;
    if (!m_kernel_copies) return 0;
    char last = 0;
    (void)sys::read_at(m_file.fd(), &last, 1, m_offset + *copied - 1);
    m_printer.note_copied(last);
    return *copied;
}

Result<> LogView::show(std::uint64_t begin, std::uint64_t end) {
    if (begin != m_offset) m_mark = {};
    m_offset = begin;
    while (m_offset < end) {
        if (const std::size_t copied = copy_in_kernel(end); copied > 0) {
            m_offset += copied;
            continue;
        }
        const auto chunk = m_file.read(m_offset, std::min<std::uint64_t>(piece, end - m_offset));
        if (!chunk) return fail(Error(chunk.error()).within("the log of " + job_label(m_record)));
        if (chunk->gap) {
            m_printer.gap({m_offset, std::min(chunk->gap->to, std::max(end, m_offset + 1))});
            m_offset = chunk->gap->to;
            m_mark = {};
            continue;
        }
        if (chunk->bytes.empty()) break; // the file is shorter than it was: nothing to wait for
        m_printer.take(m_offset, chunk->bytes);
        m_offset += chunk->bytes.size();
        m_mark.set(chunk->bytes, m_offset);
    }
    return {};
}

void LogView::tell_fate(const job::Record& record) {
    if (m_output.quiet || m_output.json) return;
    const bool on_stdout = Output::stdout_is_terminal();
    const std::string line = fate_line(record, sys::realtime_now(), Output::utf8());
    if (line.empty()) return;
    if (!on_stdout) {
        (void)sys::write_all(STDERR_FILENO, line + "\n");
        return;
    }
    if (!m_printer.at_line_start()) m_output.print("\n");
    m_output.print_line(m_output.styled(Style::dim, line));
}

/// As the fate of a job, but always apart from the output.
void LogView::tell_command(const attach::CommandOutput& command) {
    if (m_output.quiet || m_output.json || (command.ended && !command.code)) return;
    if (Output::stdout_is_terminal() && !m_printer.at_line_start()) m_output.print("\n");
    std::string line = Output::utf8() ? "— " : "-- ";
    if (!command.ended) line += "still running";
    else line += *command.code == 0 ? "ok" : "failed (" + std::to_string(*command.code) + ")";
    (void)sys::write_all(STDERR_FILENO, line + "\n");
}

Result<int> LogView::follow(const attach::LogRange& range, Nanoseconds deadline, bool one_run) {
    attach::LogFollower follower(m_folder, m_file, deadline);
    follower.follow(m_record);
    const std::uint64_t limit = range.limit.value_or(std::numeric_limits<std::uint64_t>::max());
    using Wake = attach::LogFollower::Wake;
    while (m_offset < limit) {
        m_printer.pause();
        const Wake wake = follower.wait(m_offset, m_mark);
        if (wake == Wake::output_closed) return output_closed;
        if (wake == Wake::time_over) break;
        if (wake == Wake::emptied) {
            m_output.remark(job_label(m_record) + " has emptied its log");
            m_offset = 0;
            m_mark = {};
            continue;
        }
        if (wake == Wake::more) {
            if (auto done = show(m_offset, std::min(m_file.size(), limit)); !done)
                return fail(done.error());
            continue;
        }
        m_printer.finish();
        tell_fate(follower.record());
        if (one_run || !m_record.keeps_log || !follower.next_run()) return 0;
        m_record = follower.record();
        m_output.remark("run " + std::to_string(m_record.run) + " of " + job_label(m_record) +
                        " has begun");
    }
    m_printer.finish();
    return 0;
}

/// How its lines end, when they are shown as the job's terminal has shown them; nothing for the
/// bytes. A pattern looks at what is seen, and so its lines are shown like that.
std::optional<attach::LineEnds> text_ends(const job::Record& record, const Arguments& arguments,
                                          const Output& output) {
    const bool terminal = record.terminal && !arguments.has("stderr");
    const bool bytes = arguments.has("raw") || output.json ||
                       !(Output::stdout_is_terminal() || (terminal && arguments.has("grep")));
    if (bytes && !arguments.has("plain")) return std::nullopt;
    return terminal ? attach::LineEnds::terminal : attach::LineEnds::file;
}

/// How lines are read, and which command alone is meant.
struct PartForm {
    std::optional<attach::LineEnds> text;
    std::optional<std::int64_t> command;
};

/// What of the log is shown, and how.
struct Part {
    attach::LogRange range;
    std::optional<attach::CommandOutput> command;
    std::optional<attach::LogText> text;
    std::uint64_t passed_over = 0;
};

/// "last", 3, or -2.
Result<std::optional<std::int64_t>> command_option(const Arguments& arguments) {
    const auto text = arguments.value("command");
    if (!text) return std::optional<std::int64_t>();
    if (*text == "last") return std::optional<std::int64_t>(-1);
    const bool from_end = text->starts_with('-');
    const auto number = parse_u64(std::string_view(*text).substr(from_end ? 1 : 0));
    if (!number || *number == 0 || *number > std::uint64_t{INT32_MAX})
        return fail(Errc::usage, "-c: \"" + printable_line(*text) + "\" is no command", {},
                    "-c last, -c 3 for the third, -c -2 for the last but one");
    const auto which = static_cast<std::int64_t>(*number);
    return std::optional<std::int64_t>(from_end ? -which : which);
}

Result<Part> find_part(const job::JobFolder& folder, const log::LogFile& file,
                       attach::RangeRequest request, const attach::LinePattern* pattern,
                       const PartForm& form) {
    const auto lines = request.last_lines;
    const auto& text = form.text;
    if (text) request.last_lines.reset();
    Part part;
    if (form.command) {
        attach::RangeRequest around = request;
        around.last_lines.reset();
        around.max_bytes.reset();
        const auto range = attach::find_range(folder, file, around, nullptr);
        if (!range) return fail(range.error());
        const auto found = attach::find_command(file, range->begin, range->end, *form.command);
        if (!found) return fail(found.error());
        part.command = *found;
        const std::uint64_t most = found->end - found->begin;
        request = {{},
                   {},
                   {},
                   found->begin,
                   std::min(most, request.max_bytes.value_or(most)),
                   request.last_lines};
    }
    const auto range = attach::find_range(folder, file, request, pattern);
    if (!range) return fail(range.error());
    part.range = *range;
    if (!text) return part;
    if (lines) {
        const auto tail =
            attach::find_text_tail(folder, file, part.range, {*lines, pattern, *text});
        if (!tail) return fail(tail.error());
        part.range.begin = tail->begin;
        part.passed_over = tail->passed_over;
    }
    part.text = attach::LogText::open(folder, *text, file, part.range.begin, part.range.end);
    return part;
}

LogPrinter make_printer(const job::JobFolder& folder, const Arguments& arguments, Part part,
                        std::optional<attach::LinePattern> pattern, const Output& output) {
    LogPrinter::Form form;
    form.passed_over = part.passed_over;
    form.json = output.json;
    form.live = Output::stdout_is_terminal();
    form.times = arguments.has("times");
    sys::UniqueFd timeline;
    if ((form.times || form.json) && !arguments.has("stderr")) {
        if (auto fd = sys::open_at(folder.fd.get(), "timeline", O_RDONLY | O_NOFOLLOW))
            timeline = std::move(*fd);
    }
    return {form, std::move(part.text), std::move(pattern),
            log::TimelineCursor(std::move(timeline)), output};
}

Result<std::optional<attach::LinePattern>> pattern_option(const Arguments& arguments) {
    const auto expression = arguments.value("grep");
    if (!expression) return std::optional<attach::LinePattern>();
    auto pattern = attach::LinePattern::compile(*expression);
    if (!pattern) return fail(Error(pattern.error()).within("--grep"));
    return std::optional<attach::LinePattern>(std::move(*pattern));
}

Result<int> show_log(const job::JobFolder& folder, const job::Record& record,
                     const Arguments& arguments, const Output& output) {
    const auto request = range_request(arguments);
    if (!request) return fail(request.error());
    auto pattern = pattern_option(arguments);
    if (!pattern) return fail(pattern.error());
    const auto file = open_log(folder, record, arguments);
    if (!file) return fail(file.error());
    const bool follows = arguments.has("follow");
    if (output.json && !follows && !arguments.has("command") &&
        (request->from || request->max_bytes))
        return print_page(folder, record, *file, *request, output);
    const bool searches = pattern->has_value();
    const auto command = command_option(arguments);
    if (!command) return fail(command.error());
    auto part = find_part(folder, *file, *request, searches ? &**pattern : nullptr,
                          {text_ends(record, arguments, output), *command});
    if (!part) return fail(part.error());
    const attach::LogRange range = part->range;
    const std::string origin = log_origin(record, sys::realtime_now());
    if (range.begin == 0 && !origin.empty()) output.remark(origin);
    const auto shown = part->command;
    const bool as_lines = part->text.has_value() && !searches;
    LogView view(folder, record, *file,
                 make_printer(folder, arguments, std::move(*part), std::move(*pattern), output),
                 output);
    if (auto done = view.show(range.begin, range.end); !done) return fail(done.error());
    if (follows) {
        const Nanoseconds deadline = request->until.value_or(0);
        return view.follow(range, deadline, request->run.has_value());
    }
    view.printer().finish();
    if (as_lines && range.end > range.begin && view.printer().lines_shown() == 0) {
        output.remark("it drew on its screen here, and left no lines: outlast screen " +
                      printable_line(record.name) + ", or logs --raw");
    }
    if (shown) view.tell_command(*shown);
    const bool to_the_end = !shown && (!request->run || *request->run == record.run);
    if (Output::stdout_is_terminal() && to_the_end && view.offset() >= file->size())
        view.tell_fate(record);
    return searches && view.printer().lines_shown() == 0 ? 1 : 0;
}

Result<int> logs(const Arguments& arguments, Output& output) {
    if (arguments.has("command") && (arguments.has("follow") || arguments.has("stderr")))
        return fail(Errc::usage, "-c takes neither -f nor --stderr",
                    "it shows what one command has written to the terminal", "leave these out");
    if (arguments.has("raw") && arguments.has("plain"))
        return fail(Errc::usage, "--raw and --plain are opposites", {}, "leave one of them out");
    auto registry = job::Registry::open(job::Registry::Missing::empty);
    if (!registry) return fail(registry.error());
    const auto record = choose_log(*registry, arguments, output);
    if (!record) return fail(record.error());
    const auto folder = registry->open_folder(record->number);
    if (!folder) return fail(folder.error());
    if (arguments.has("path")) return print_path(*folder, *record, arguments, output);
    return show_log(*folder, *record, arguments, output);
}

} // namespace

const Command logs_command_table{
    "logs",
    {"log", "tail"},
    "LOOK",
    "A job's output: as text to a terminal, byte for byte to a pipe or a file.",
    "[JOB]",
    "  outlast logs reindex -n 20       its last lines, and how it ended\n"
    "  outlast logs -f backup           as it grows; Ctrl-C ends only this\n"
    "  outlast logs work -c last        what the last command in its shell wrote\n"
    "  outlast logs train --since -1h -t --grep 'loss|error'\n",
    logs_options,
    Operands::anywhere,
    true,
    logs};

} // namespace outlast::cli
