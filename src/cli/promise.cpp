// What is promised of a job that is started here.
#include "cli/promise.hpp"

namespace outlast::cli {

Outlook look_ahead() {
    const check::Place place = check::find_place();
    const check::Host host = check::look_at_host(place, 0, check::Ask::files_where_they_do);
    Outlook outlook{check::judge(place, host), job::Placement::with_caller};
    // Everywhere else it stays out of the user manager, whose end would be the job's too.
    if (check::should_leave(place, host)) outlook.placement = job::Placement::own_scope;
    return outlook;
}

check::Survival look_back(const Outlook& outlook, const job::Started& started, Sure sure) {
    const bool stays = outlook.placement == job::Placement::with_caller;
    if (stays && !started.existing) {
        // It is where we are, and has our environment.
        if (sure == Sure::good_enough && outlook.here.safe()) return outlook.here;
        return check::check_survival();
    }
    check::Survival survival = check::check_survival(started.pid);
    if (!started.not_placed.empty() && !survival.safe())
        survival.why +=
            ", and it could not be moved out of your session (" + started.not_placed + ")";
    return survival;
}

std::string scope_name(std::uint64_t number, pid_t keeper) {
    return std::to_string(number) + "-adopted-by-" + std::to_string(keeper);
}

std::string describe_risk(const check::Survival& survival) {
    return survival.fix.empty() ? survival.why : survival.why + ": " + survival.fix;
}

} // namespace outlast::cli
