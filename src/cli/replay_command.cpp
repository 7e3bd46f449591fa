// outlast replay: play a job's terminal as it was.
#include "attach/replay_player.hpp"
#include "base/text.hpp"
#include "cli/commands.hpp"
#include "cli/job_operands.hpp"
#include "job/registry.hpp"
#include "job/selector.hpp"

#include <charconv>
#include <unistd.h>

namespace outlast::cli {
namespace {

constexpr Option replay_options[] = {
    {"speed", 0, Takes::value, "N", "so many times as fast: 4, 0.5"},
    {"from", 0, Takes::value, "TIME|OFFSET", "begin then: 14:05, -10m, or at this byte of the log"},
    {"max-idle", 0, Takes::value, "SPAN", "silence takes no longer than SPAN (2s)"},
};

Result<double> speed_option(const Arguments& arguments) {
    const auto text = arguments.value("speed");
    if (!text) return 1.0;
    double speed = 0;
    std::string_view number = *text;
    if (number.ends_with('x')) number.remove_suffix(1);
    const char* end = number.data() + number.size();
    const auto [rest, failure] = std::from_chars(number.data(), end, speed);
    const bool good = failure == std::errc() && rest == end && speed >= attach::slowest_replay &&
                      speed <= attach::fastest_replay;
    if (good) return speed;
    return fail(Errc::usage, "--speed: \"" + printable_line(*text) + "\" is no speed", {},
                "from 1/64 to 1024, for example 4 or 0.5");
}

Result<Nanoseconds> start_option(const Arguments& arguments, const attach::ReplayTrack& track) {
    const auto text = arguments.value("from");
    if (!text) return Nanoseconds{0};
    if (const auto offset = parse_u64(*text)) return track.time_of(*offset);
    const auto moment = moment_option(arguments, "from");
    if (!moment) return fail(moment.error());
    return track.time_of_moment(**moment);
}

Result<> check_usage(const Arguments& arguments, const Output& output) {
    if (arguments.operands().size() != 1)
        return fail(Errc::usage, "replay takes one job", {}, "outlast replay JOB");
    if (output.json)
        return fail(Errc::usage, "replay has no JSON form", "it plays in the terminal",
                    "outlast export --asciicast JOB");
    if (::isatty(STDIN_FILENO) != 0 && Output::stdout_is_terminal()) return {};
    return fail(Errc::refused, "replay needs a terminal", "its input or output is none",
                "for a file: outlast export --asciicast JOB; one picture: outlast screen --at TIME "
                "JOB");
}

Result<int> replay(const Arguments& arguments, Output& output) {
    if (auto good = check_usage(arguments, output); !good) return fail(good.error());
    const auto speed = speed_option(arguments);
    if (!speed) return fail(speed.error());
    const auto idle = duration_option(arguments, "max-idle", 2 * ns_per_second);
    if (!idle) return fail(idle.error());
    const auto registry = job::Registry::open(job::Registry::Missing::empty);
    if (!registry) return fail(registry.error());
    const auto record = job::select_job(*registry, arguments.operands()[0]);
    if (!record) return fail(record.error());
    if (auto shown = require_screen(*record); !shown) return fail(shown.error());
    const auto folder = registry->open_folder(record->number);
    if (!folder) return fail(folder.error());
    const auto log = log::LogFile::open(folder->fd.get());
    if (!log) return fail(Error(log.error()).within("the job's log"));
    const auto track = attach::ReplayTrack::read(*folder, *record, log->size(), *idle);
    if (!track) return fail(track.error());
    const auto from = start_option(arguments, *track);
    if (!from) return fail(from.error());
    const attach::ReplayOptions how{*speed, *from, printable_line(record->name)};
    const auto end = attach::play(*folder, *record, *log, *track, how);
    if (!end) return fail(end.error());
    constexpr int signal_base = 128;
    if (end->signal != 0) return signal_base + end->signal;
    if (end->to_the_end)
        output.remark("that was " + job_label(*record) +
                      (record->fate ? "" : " up to now; it runs on"));
    return 0;
}

} // namespace

const Command replay_command_table{
    "replay",
    {},
    "LOOK",
    "Play a job's terminal as it was, in this terminal.",
    "[OPTIONS] JOB",
    "  outlast replay upgrade                from its beginning, long silence left out\n"
    "  outlast replay --speed 8 upgrade      eight times as fast\n"
    "  outlast replay --from 14:05 upgrade   from a moment on\n"
    "  keys: space pauses, + and - change the speed, the arrows go 5 s and 1 min,\n"
    "  0 to the beginning, q or Ctrl-C ends\n",
    replay_options,
    Operands::anywhere,
    true,
    replay};

} // namespace outlast::cli
