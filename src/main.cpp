// The program's entry: a resident process when started as one, else the command line.
#include "cli/main.hpp"
#include "keeper/keeper.hpp"
#include "keeper/start.hpp"
#include "scribe/scribe.hpp"
#include "sys/feature.hpp"
#include "sys/signals.hpp"
#include "twin/twins.hpp"

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>

namespace {

using namespace outlast;

/// See twin::resident_variable for the three forms of `how`.
int resident_main(const char* how) {
    sys::block_all_signals();
    char kind[16] = {};
    int shared = -1;
    int other = -1;
    if (std::sscanf(how, "%15s %d %d", kind, &shared, &other) != 3) return 2;
    auto state = twin::map_shared_state(shared);
    if (!state) return 1;
    (*state)->fds.shared = shared;
    sys::switch_off((*state)->without_features);
    const twin::Role role =
        std::strcmp(kind, "scribe") == 0 ? twin::Role::scribe : twin::Role::keeper;
    if (std::strcmp(kind, "new") == 0) {
        twin::Twins twins(**state, role, sys::UniqueFd());
        if (!keeper::start_run(twins, other, scribe::run)) return 1;
        return keeper::run(twins);
    }
    twin::Twins twins(**state, role, sys::UniqueFd(other));
    return role == twin::Role::keeper ? keeper::run(twins) : scribe::run(twins);
}

} // namespace

int main(int argc, char** argv) {
    if (const char* how = std::getenv(outlast::twin::resident_variable)) {
        outlast::twin::remember_title(argv[0]);
        return resident_main(how);
    }
    return outlast::cli::main(argc, argv);
}
