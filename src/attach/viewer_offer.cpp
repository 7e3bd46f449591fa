// What a viewer brings along for the job.
#include "attach/viewer_offer.hpp"

#include "job/login_socket.hpp"
#include "sys/clock.hpp"

#include <cstdlib>
#include <optional>

namespace outlast::attach {
namespace {

const twin::KnownLink* link_of(std::string_view variable) {
    for (const twin::KnownLink& link : twin::known_links) {
        if (variable == link.variable) return &link;
    }
    return nullptr;
}

std::optional<wire::Variable> look_at(const twin::KnownLink& link, const job::Record& record) {
    const std::string path = job::login_socket(link.variable);
    if (path.empty() || job::leads_through(path, record.id + link.ending)) return std::nullopt;
    const char* outer = std::getenv("OUTLAST_ID");
    if (outer != nullptr && job::leads_through(path, std::string(outer) + link.ending))
        return wire::Variable{link.variable, path, true};
    const job::SocketLook look = job::look_at_socket(path);
    if (!look.answers) return std::nullopt;
    return wire::Variable{link.variable, path, look.lasts};
}

} // namespace

wire::Offer make_offer(const job::Record& record) {
    wire::Offer offer;
    offer.since = sys::boottime_now();
    for (const char* name : offered_variables) {
        if (const twin::KnownLink* link = link_of(name)) {
            if (auto variable = look_at(*link, record))
                offer.variables.push_back(std::move(*variable));
            continue;
        }
        if (const char* value = std::getenv(name)) offer.variables.push_back({name, value, false});
    }
    return offer;
}

} // namespace outlast::attach
