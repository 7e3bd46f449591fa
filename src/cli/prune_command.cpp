// outlast prune: remove jobs that ended long ago.
#include "base/json_writer.hpp"
#include "base/text.hpp"
#include "cli/commands.hpp"
#include "cli/config.hpp"
#include "job/prune.hpp"
#include "sys/clock.hpp"

namespace outlast::cli {
namespace {

constexpr Option prune_options[] = {
    {"older", 0, Takes::value, "SPAN", "those that ended longer ago than SPAN (30d)"},
    {"dry-run", 'n', Takes::nothing, nullptr, "only tell which"},
};

constexpr Nanoseconds day = 86400 * ns_per_second;

/// What was removed so far, as it is told in the end.
struct Sum {
    std::uint64_t jobs = 0;
    std::uint64_t bytes = 0;
    std::string json;
};

void add(Sum& sum, const job::Pruned& pruned) {
    ++sum.jobs;
    sum.bytes += pruned.bytes;
    JsonWriter json;
    json.begin_object().member("number", pruned.number).member("id", pruned.id);
    json.member("name", pruned.name).member("ended_at", format_rfc3339(pruned.ended));
    json.member("ended_at_ns", pruned.ended).member("bytes", pruned.bytes).end_object();
    sum.json += (sum.json.empty() ? "" : ",") + json.text();
}

std::string line_of(const job::Pruned& pruned, Nanoseconds now) {
    return printable_line(pruned.name) + " (" + std::to_string(pruned.number) + "), ended " +
           format_duration(now - pruned.ended) + " ago";
}

void print_sum(const Sum& sum, bool dry_run, const Output& output) {
    if (output.json) {
        JsonWriter json;
        json.begin_object().member("schema_version", 1).member("dry_run", dry_run);
        json.key("jobs").raw("[" + sum.json + "]").member("bytes", sum.bytes).end_object();
        return output.print_line(json.text());
    }
    const std::string jobs = std::to_string(sum.jobs) + (sum.jobs == 1 ? " job" : " jobs");
    if (sum.jobs == 0) output.remark("no job ended that long ago");
    else if (dry_run) output.remark(jobs + " would go");
    else output.remark(jobs + " removed, " + format_size(sum.bytes) + " freed");
}

Result<Nanoseconds> how_old(const Arguments& arguments) {
    if (arguments.has("older")) return duration_option(arguments, "older", 0);
    const Nanoseconds keep = static_cast<Nanoseconds>(number_setting("keep_days")) * day;
    if (keep > 0) return keep;
    return fail(Errc::refused, "ended jobs are kept for ever: keep_days is 0 in the configuration",
                {}, "outlast prune --older SPAN removes some all the same");
}

Result<int> prune(const Arguments& arguments, Output& output) {
    if (!arguments.operands().empty())
        return fail(Errc::usage, "outlast prune takes no job", {}, "outlast rm JOB removes one");
    job::PruneRules rules;
    const auto older = how_old(arguments);
    if (!older) return fail(older.error());
    rules.older = *older;
    rules.now = sys::realtime_now();
    rules.dry_run = arguments.has("dry-run");
    auto registry = job::Registry::open(job::Registry::Missing::empty);
    if (!registry) return fail(registry.error());
    Sum sum;
    job::prune(*registry, rules, [&](const job::Pruned& pruned) {
        add(sum, pruned);
        if (output.json) return;
        if (output.quiet) return output.print_line(std::to_string(pruned.number));
        output.print_line((rules.dry_run ? "would remove " : "removed ") +
                          line_of(pruned, rules.now));
    });
    print_sum(sum, rules.dry_run, output);
    return 0;
}

} // namespace

const Command prune_command_table{
    "prune",
    {},
    "ACT",
    "Remove jobs that ended long ago.",
    "[--older SPAN] [--dry-run]",
    "  outlast prune               those that ended more than 30 days ago\n"
    "  outlast prune --older 1d\n"
    "  outlast prune --older 0     all that have ended\n",
    prune_options,
    Operands::anywhere,
    false,
    prune};

} // namespace outlast::cli
