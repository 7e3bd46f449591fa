// outlast adopt: makes a job of a process that runs already.
#include "base/text.hpp"
#include "cli/commands.hpp"
#include "cli/hold_sessions.hpp"
#include "cli/watch_process.hpp"
#include "job/spec.hpp"

namespace outlast::cli {
namespace {

constexpr Option options[] = {
    {"watch", 0, Takes::nothing, nullptr, "leave it as it is: watch it, keep its exit status"},
    {"name", 'n', Takes::value, "NAME", "call the job so"},
    {"session", 0, Takes::value, "PTS",
     "root: hold a whole login session, so that it outlives its connection"},
    {"every-session", 0, Takes::nothing, nullptr,
     "root: hold every ssh session of this host (for a service)"},
};

Result<int> adopt(const Arguments& arguments, Output& output) {
    if (arguments.has("every-session")) return hold_every_session(output);
    if (const auto terminal = arguments.value("session"))
        return hold_one_session(*terminal, output);
    if (!arguments.has("watch"))
        return fail(Errc::usage, "adopt takes --watch for now", {}, "outlast adopt --watch PID");
    if (arguments.operands().size() != 1)
        return fail(Errc::usage, "adopt takes one process", {}, "outlast adopt --watch PID");
    const auto pid = parse_u64(arguments.operands()[0]);
    if (!pid || *pid == 0 || *pid > std::uint64_t{INT32_MAX})
        return fail(Errc::usage,
                    "\"" + printable_line(arguments.operands()[0]) + "\" is no process number", {},
                    "outlast adopt --watch PID");
    const std::string name = arguments.value("name").value_or("");
    if (!name.empty()) {
        if (auto good = job::check_name(name); !good) return fail(good.error());
    }
    auto registry = job::Registry::open(job::Registry::Missing::create);
    if (!registry) return fail(registry.error());
    const auto watched = watch_process(*registry, static_cast<pid_t>(*pid), name);
    if (!watched) return fail(watched.error());
    print_watched(*watched, output);
    return 0;
}

} // namespace

const Command adopt_command_table{
    "adopt",
    {},
    "START",
    "Make a job of a process that runs already.",
    "--watch PID",
    "  outlast adopt --watch 4312       record it, keep its exit status; it is not touched\n",
    options,
    Operands::anywhere,
    true,
    adopt};

} // namespace outlast::cli
