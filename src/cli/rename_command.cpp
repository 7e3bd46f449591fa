// outlast rename: give a job another name.
#include "cli/commands.hpp"
#include "cli/job_operands.hpp"
#include "cli/job_results.hpp"
#include "job/rename.hpp"
#include "job/selector.hpp"
#include "job/spec.hpp"

namespace outlast::cli {
namespace {

Result<int> rename(const Arguments& arguments, Output& output) {
    if (arguments.operands().size() != 2)
        return fail(Errc::usage, "outlast rename needs a job and its new name", {},
                    "outlast rename JOB NAME");
    const std::string& name = arguments.operands()[1];
    if (auto good = job::check_name(name); !good) {
        Error error = good.error();
        error.fix = "choose another one";
        return fail(std::move(error));
    }
    auto registry = job::Registry::open(job::Registry::Missing::empty);
    if (!registry) return fail(registry.error());
    auto record = job::select_job(*registry, arguments.operands()[0]);
    if (!record) return fail(record.error());
    if (!record->fate) {
        if (auto living = require_living(*record); !living) return fail(living.error());
    }
    JobResults results(output);
    const std::string before = job_label(*record);
    if (record->name != name) {
        if (auto renamed = job::rename_job(*registry, *record, name); !renamed)
            return fail(renamed.error());
    }
    record->name = name;
    results.done(*record, "renamed", before + " is now called " + name);
    return results.finish();
}

} // namespace

const Command rename_command_table{"rename",   {},
                                   "ACT",      "Give a job another name.",
                                   "JOB NAME", "  outlast rename 12 nightly-backup\n",
                                   {},         Operands::anywhere,
                                   true,       rename};

} // namespace outlast::cli
