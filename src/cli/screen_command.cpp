// outlast screen: what a job's terminal shows, or showed at some moment.
#include "attach/screen_replay.hpp"
#include "base/json_writer.hpp"
#include "base/text.hpp"
#include "cli/commands.hpp"
#include "cli/job_operands.hpp"
#include "job/selector.hpp"
#include "sys/file.hpp"
#include "terminal/plain_text.hpp"
#include "terminal/screen.hpp"
#include "terminal/svg.hpp"

#include <fcntl.h>

namespace outlast::cli {
namespace {

constexpr Option screen_options[] = {
    {"at", 0, Takes::value, "TIME", "as it was then: 14:05, -10m, \"2026-11-22 13:00\""},
    {"ansi", 0, Takes::nothing, nullptr, "with colours and attributes"},
    {"svg", 0, Takes::optional_value, "FILE", "a picture, to FILE or the standard output"},
};

Result<job::Record> choose_screen(const job::Registry& registry, const Arguments& arguments,
                                  const Output& output) {
    // The second one is the file of --svg.
    if (arguments.operands().size() > (arguments.value("svg") == "" ? 2 : 1))
        return fail(Errc::usage, "screen takes one job", {}, "outlast screen JOB");
    return job_or_default(registry, arguments.operands(), output);
}

/// The end of what had been written by then.
Result<std::uint64_t> offset_of(const job::JobFolder& folder, const log::LogFile& log,
                                std::optional<Nanoseconds> moment) {
    if (!moment) return log.size();
    const auto fd = sys::open_at(folder.fd.get(), "timeline", O_RDONLY);
    if (!fd) return fail(Error(fd.error()).within("the job's timeline"));
    const auto timeline = log::Timeline::read(fd->get());
    if (!timeline) return fail(timeline.error());
    return timeline->offset_at(*moment).value_or(log.size());
}

void print_json(const job::Record& record, attach::ScreenReplay& replay, terminal::TextStyle style,
                const Output& output) {
    const terminal::Screen& screen = replay.model().screen();
    JsonWriter json;
    json.begin_object().member("schema_version", 1).member("number", record.number);
    json.member("name", record.name).member("offset", replay.offset());
    json.member("complete", replay.whole());
    json.member("columns", unsigned{screen.size.columns})
        .member("rows", unsigned{screen.size.rows});
    json.key("cursor").begin_object();
    json.member("row", screen.cursor.row + 1).member("column", screen.cursor.column + 1);
    json.member("visible", screen.modes[terminal::Mode::cursor_visible]).end_object();
    json.member("alternate_screen", screen.shown == 1)
        .member("title", printable_line(screen.titles.title));
    json.key("modes").begin_object();
    json.member("bracketed_paste", screen.modes[terminal::Mode::bracketed_paste]);
    json.member("application_cursor", screen.modes[terminal::Mode::application_cursor]);
    json.member("mouse", screen.modes[terminal::Mode::mouse_buttons] ||
                             screen.modes[terminal::Mode::mouse_drag] ||
                             screen.modes[terminal::Mode::mouse_motion]);
    json.end_object().key("lines").begin_array();
    for (std::uint16_t row = 0; row < screen.size.rows; ++row)
        json.string(terminal::row_text(replay.model(), row, style));
    output.print_line(json.end_array().end_object().text());
}

Result<> write_picture(const Arguments& arguments, const job::Record& record,
                       const terminal::Model& model, const Output& output) {
    std::string file = arguments.value("svg").value_or("");
    if (file.empty() && arguments.operands().size() == 2) file = arguments.operands()[1];
    const std::string picture = terminal::svg_picture(model, printable_line(record.name));
    if (file.empty() || file == "-") {
        output.print(picture);
        return {};
    }
    const auto fd = sys::open_at(AT_FDCWD, file, O_WRONLY | O_CREAT | O_TRUNC, 0666);
    if (!fd) return fail(Error(fd.error()).within(printable_line(file)));
    if (auto written = sys::write_all(fd->get(), picture); !written)
        return fail(Error(written.error()).within(printable_line(file)));
    return {};
}

Result<int> show_screen(const Arguments& arguments, Output& output) {
    if (arguments.has("svg") && (output.json || arguments.has("ansi")))
        return fail(Errc::usage, "--svg, --ansi and --json exclude each other", {},
                    "leave all but one of them out");
    const auto moment = moment_option(arguments, "at");
    if (!moment) return fail(moment.error());
    const auto registry = job::Registry::open(job::Registry::Missing::empty);
    if (!registry) return fail(registry.error());
    const auto record = choose_screen(*registry, arguments, output);
    if (!record) return fail(record.error());
    if (auto shown = require_screen(*record); !shown) return fail(shown.error());
    const auto folder = registry->open_folder(record->number);
    if (!folder) return fail(folder.error());
    const auto log = log::LogFile::open(folder->fd.get());
    if (!log) return fail(log.error());
    const auto offset = offset_of(*folder, *log, *moment);
    if (!offset) return fail(offset.error());
    auto replay = attach::ScreenReplay::open(*folder, *record, *log, {*offset, {}});
    if (!replay) return fail(replay.error());
    if (arguments.has("svg")) {
        auto written = write_picture(arguments, *record, replay->model(), output);
        if (!written) return fail(written.error());
        return 0;
    }
    const auto style =
        arguments.has("ansi") ? terminal::TextStyle::ansi : terminal::TextStyle::plain;
    if (output.json) print_json(*record, *replay, style, output);
    else output.print(terminal::screen_text(replay->model(), style));
    return 0;
}

} // namespace

const Command screen_command_table{
    "screen",
    {},
    "LOOK",
    "Print what a job's terminal shows, or showed.",
    "[OPTIONS] [JOB]",
    "  outlast screen upgrade                the screen as text\n"
    "  outlast screen --at 14:05 upgrade     as it was then\n"
    "  outlast screen upgrade --svg=up.svg   as a picture\n"
    "  outlast screen --json upgrade         with cursor and modes, for programs\n",
    screen_options,
    Operands::anywhere,
    true,
    show_screen};

} // namespace outlast::cli
