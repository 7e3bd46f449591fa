// The program's entry: a resident process when started as one, else the command line.
#include "cli/main.hpp"
#include "base/text.hpp"
#include "keeper/keeper.hpp"
#include "keeper/start.hpp"
#include "scribe/scribe.hpp"
#include "sys/feature.hpp"
#include "sys/signals.hpp"
#include "twin/twins.hpp"

#include <charconv>
#include <cstdlib>
#include <string_view>

namespace {

using namespace outlast;

/// A descriptor; -1 for none.
int number(std::string_view text) {
    int value = -1;
    std::from_chars(text.data(), text.data() + text.size(), value);
    return value;
}

/// See twin::resident_variable for the three forms of `how`.
int resident_main(const char* how) {
    sys::block_all_signals();
    const auto words = split(how, ' ');
    if (words.size() != 3) return 2;
    const std::string_view kind = words[0];
    const int shared = number(words[1]);
    const int other = number(words[2]);
    auto state = twin::map_shared_state(shared);
    if (!state) return 1;
    (*state)->fds.shared = shared;
    sys::switch_off((*state)->without_features);
    const twin::Role role = kind == "scribe" ? twin::Role::scribe : twin::Role::keeper;
    if (kind == "new") {
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
