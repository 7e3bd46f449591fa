// The stable paths of a job that starts.
#include "job/stable_paths.hpp"

#include "job/login_socket.hpp"
#include "twin/environment_links.hpp"

#include <algorithm>
#include <climits>
#include <sys/un.h>
#include <unistd.h>

namespace outlast::job {
namespace {

using twin::KnownLink;

bool wants(const Spec& spec, const KnownLink& link) {
    const auto& wanted = spec.stable_paths;
    return std::find(wanted.begin(), wanted.end(), link.variable) != wanted.end();
}

/// Where the link rests at first: what the caller has. Of a job that holds, only what outlives the
/// caller's connection; without --hold-agent that is not looked at, to start as fast as ever.
std::string first_rest(const Spec& spec, const KnownLink& link, const std::string& path) {
    std::string target = login_socket(link.variable);
    // Restarted from inside itself.
    if (leads_through(target, path.substr(path.rfind('/') + 1))) target.clear();
    const bool holds = spec.hold_agent && link.link == twin::Link::agent;
    if (holds && !target.empty() && !look_at_socket(target).lasts) target.clear();
    return target;
}

void set_variable(std::vector<std::string>& environment, const std::string& name,
                  const std::string& value) {
    std::erase_if(environment,
                  [&](const std::string& entry) { return entry.starts_with(name + "="); });
    environment.push_back(name + "=" + value);
}

} // namespace

void make_stable_paths(twin::SharedState& state, const Spec& spec,
                       std::vector<std::string>& environment) {
    for (const KnownLink& link : twin::known_links) {
        const std::string path = twin::path_beside_socket(state, link.ending);
        if (!wants(spec, link) || path.size() >= sizeof(sockaddr_un::sun_path)) continue;
        auto& rest = state.link_rest[static_cast<std::size_t>(link.link)];
        const std::string target = first_rest(spec, link, path);
        if (target.size() >= rest.bytes.size()) continue;
        const bool holds = spec.hold_agent && link.link == twin::Link::agent;
        const std::string first = target.empty() && holds
                                      ? twin::path_beside_socket(state, twin::waiting_ending)
                                      : target;
        if (first.empty()) twin::take_away_link(state, link);
        else if (!twin::lead_link(state, link, first)) continue;
        rest.set(target);
        state.links |= 1U << static_cast<std::uint32_t>(link.link);
        if (holds) state.holds_agent = 1;
        set_variable(environment, link.variable, path);
    }
}

void find_stable_paths(twin::SharedState& state, const Spec& spec) {
    for (const KnownLink& link : twin::known_links) {
        if (!wants(spec, link)) continue;
        state.links |= 1U << static_cast<std::uint32_t>(link.link);
        const bool holds = spec.hold_agent && link.link == twin::Link::agent;
        if (holds) state.holds_agent = 1;
        const auto target = twin::target_of_link(state, link);
        if (target && *target != twin::path_beside_socket(state, twin::waiting_ending))
            state.link_rest[static_cast<std::size_t>(link.link)].set(*target);
    }
}

std::vector<StablePath> look_at_stable_paths(const Record& record, const Spec& spec) {
    std::vector<StablePath> paths;
    const std::string beside = record.socket.substr(0, record.socket.rfind('.'));
    for (const KnownLink& link : twin::known_links) {
        if (!wants(spec, link)) continue;
        StablePath path{link.variable, beside + link.ending, {}, false};
        std::string target(PATH_MAX, '\0');
        const ssize_t length = ::readlink(path.path.c_str(), target.data(), target.size());
        if (length > 0) path.leads_to = target.substr(0, static_cast<std::size_t>(length));
        path.waits = path.leads_to == beside + std::string(twin::waiting_ending);
        if (path.waits) path.leads_to.clear();
        paths.push_back(std::move(path));
    }
    return paths;
}

} // namespace outlast::job
