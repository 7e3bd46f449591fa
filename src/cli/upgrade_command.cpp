// outlast upgrade: the resident processes of living jobs go over to this program.
#include "base/json_writer.hpp"
#include "cli/commands.hpp"
#include "cli/job_operands.hpp"
#include "job/keeper_connection.hpp"
#include "job/registry.hpp"
#include "job/selector.hpp"
#include "sys/clock.hpp"
#include "sys/file.hpp"

#include <poll.h>
#include <sys/stat.h>

namespace outlast::cli {
namespace {

/// Whether process `pid` runs the very file that this process runs.
bool runs_this_program(pid_t pid) {
    struct stat mine {};
    struct stat theirs {};
    const std::string path = "/proc/" + std::to_string(pid) + "/exe";
    return ::stat("/proc/self/exe", &mine) == 0 && ::stat(path.c_str(), &theirs) == 0 &&
           mine.st_dev == theirs.st_dev && mine.st_ino == theirs.st_ino;
}

bool is_up_to_date(const job::Record& record) {
    return runs_this_program(record.keeper_pid) && runs_this_program(record.scribe_pid);
}

/// The keeper answers with the end of the connection (it is another program then) or a refusal.
Result<> ask(const job::JobFolder& folder, const job::Record& record) {
    const auto program = sys::open_at(AT_FDCWD, "/proc/self/exe", O_PATH);
    if (!program) return fail(program.error());
    auto connection = job::KeeperConnection::connect(folder, record);
    if (!connection) return fail(connection.error());
    const auto request = wire::bare_frame(wire::FrameType::upgrade);
    const auto done = connection->request_with_fd(request, program->get());
    if (!done && done.error().is(Errc::refused)) return fail(done.error());
    return {};
}

Result<> upgrade_job(const job::Registry& registry, const job::Record& record) {
    const auto folder = registry.open_folder(record.number);
    if (!folder) return fail(folder.error());
    if (auto asked = ask(*folder, record); !asked) return asked;
    constexpr Nanoseconds patience = 10 * ns_per_second;
    const Nanoseconds deadline = sys::boottime_now() + patience;
    for (int pause_ms = 1;; pause_ms = std::min(pause_ms * 2, 100)) {
        const job::Record now = job::read_record(*folder);
        if (now.fate) return {};
        // It runs the program; that it also serves is what counts.
        if (is_up_to_date(now) && job::KeeperConnection::connect(*folder, now)) return {};
        if (sys::boottime_now() > deadline) {
            return fail(Errc::timed_out, job_label(record) + " did not go over to this program",
                        "its keeper or its scribe could not run it",
                        "check that the file can be executed by the job's user");
        }
        ::poll(nullptr, 0, pause_ms);
    }
}

Result<std::vector<job::Record>> choose_old(const job::Registry& registry,
                                            const Arguments& arguments) {
    if (!arguments.operands().empty()) return job::select_jobs(registry, arguments.operands());
    return registry.records();
}

Result<int> upgrade(const Arguments& arguments, Output& output) {
    auto registry = job::Registry::open(job::Registry::Missing::empty);
    if (!registry) return fail(registry.error());
    const auto records = choose_old(*registry, arguments);
    if (!records) return fail(records.error());
    JsonWriter json;
    json.begin_array();
    std::size_t failures = 0;
    for (const job::Record& record : *records) {
        if (!job::is_alive(record.condition) || !record.here) continue;
        const bool was_current = is_up_to_date(record);
        const auto done = was_current ? Result<>() : upgrade_job(*registry, record);
        json.begin_object().member("schema_version", 1).member("number", record.number);
        json.member("name", record.name).member("ok", done.has_value());
        json.member("changed", done && !was_current).end_object();
        if (!done) ++failures;
        if (output.json) continue;
        if (!done) output.error(done.error());
        else if (output.quiet) output.print_line(std::to_string(record.number));
        else output.print_line(job_label(record) + (was_current ? " is up to date" : " upgraded"));
    }
    if (output.json) output.print_line(json.end_array().text());
    return failures == 0 ? 0 : 1;
}

} // namespace

const Command upgrade_command_table{
    "upgrade",
    {},
    "SET UP",
    "Bring the processes of running jobs to this version.",
    "[JOB…]",
    "  outlast upgrade             after installing a new outlast: all running jobs\n"
    "  outlast upgrade migrate     this one only\n",
    {},
    Operands::anywhere,
    true,
    upgrade};

} // namespace outlast::cli
