// The program's entry: a resident process when executed as one, else the command line.
#include "cli/main.hpp"
#include "adopt/exit_tracer.hpp"
#include "adopt/orphaned_session.hpp"
#include "base/text.hpp"
#include "job/keeper_process.hpp"
#include "keeper/adopt_run.hpp"
#include "keeper/adopted.hpp"
#include "keeper/anchor.hpp"
#include "keeper/keeper.hpp"
#include "keeper/start.hpp"
#include "scribe/scribe.hpp"
#include "standin/stand_in.hpp"
#include "sys/feature.hpp"
#include "sys/process_title.hpp"
#include "sys/signals.hpp"
#include "twin/anchor_record.hpp"
#include "twin/twins.hpp"

#include <charconv>
#include <cstdlib>
#include <string_view>

namespace {

using namespace outlast;

/// A descriptor or a pid; -1 for none.
int number(std::string_view text) {
    int value = -1;
    std::from_chars(text.data(), text.data() + text.size(), value);
    return value;
}

/// A keeper that was forked, with a command to start or with one that has lost its keeper.
int forked_keeper_main(twin::SharedState& state, twin::Launch* launch) {
    twin::Twins twins(state, twin::Role::keeper, sys::UniqueFd(), twin::Image::forked);
    twins.set_scribe_main(scribe::run);
    if (launch != nullptr) {
        const auto begun = keeper::is_adopted(state) ? keeper::adopt_run(twins, *launch)
                                                     : keeper::start_run(twins, *launch);
        if (!begun) return 1;
    }
    return keeper::run(twins);
}

/// Makes the job of a session that has lost its connection.
int save_session(int master, pid_t leader) {
    ::unsetenv(twin::resident_variable);
    job::set_keeper_main(forked_keeper_main);
    return adopt::adopt_orphaned_session(master, leader) ? 0 : 1;
}

/// Traces somebody else's process to its end, for its status.
int trace_end(pid_t pid, int record) {
    const auto end = adopt::trace_until_end(pid);
    if (!end) return 1;
    twin::write_anchor_record(record, end->status, end->usage);
    return 0;
}

/// See twin::resident_variable for the forms of `how`.
int resident_main(const char* how) {
    sys::block_all_signals();
    const auto words = split(how, ' ');
    if (words.size() < 3) return 2;
    const std::string_view kind = words[0];
    const int first = number(words[1]);
    const int second = number(words[2]);
    if (kind == "anchor") keeper::wait_as_anchor(first, second);
    if (kind == adopt::rescuer_word) return save_session(first, second);
    if (kind == "tracer") return trace_end(first, second);
    if (kind == "standin" && words.size() == 5) {
        sys::switch_off(static_cast<std::uint32_t>(number(words[4])));
        return standin::run({first, second, number(words[3])});
    }
    auto state = twin::map_shared_state(first);
    if (!state) return 1;
    (*state)->fds.shared = first;
    sys::switch_off((*state)->without_features);
    const bool fresh = words.size() > 3 && words[3] == "fresh";
    const twin::Role role = kind == "scribe" ? twin::Role::scribe : twin::Role::keeper;
    twin::Twins twins(**state, role, sys::UniqueFd(second),
                      fresh ? twin::Image::refreshed : twin::Image::executed);
    twins.set_scribe_main(scribe::run);
    return role == twin::Role::keeper ? keeper::run(twins) : scribe::run(twins);
}

} // namespace

int main(int argc, char** argv) {
    outlast::sys::remember_title_area(argv);
    if (const char* how = std::getenv(outlast::twin::resident_variable)) return resident_main(how);
    outlast::job::set_keeper_main(forked_keeper_main);
    return outlast::cli::main(argc, argv);
}
