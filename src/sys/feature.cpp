// Features that tests can switch off.
#include "sys/feature.hpp"

#include <array>
#include <cstdlib>
#include <cstring>
#include <optional>

namespace outlast::sys {
namespace {

struct Name {
    const char* name;
    Feature feature;
};
constexpr std::array<Name, 6> names{{{"pidfd-info", Feature::pidfd_info},
                                     {"punch", Feature::punch},
                                     {"locks", Feature::locks},
                                     {"splice", Feature::splice},
                                     {"inotify", Feature::inotify},
                                     {"dnotify", Feature::dnotify}}};

std::optional<std::uint32_t> told; // by switch_off, once, at the start of a resident process

} // namespace

std::uint32_t switched_off_features() {
    if (told) return *told;
    const char* list = std::getenv("OUTLAST_WITHOUT");
    std::uint32_t features = 0;
    for (const Name& each : names) {
        if (list != nullptr && std::strstr(list, each.name) != nullptr)
            features |= static_cast<std::uint32_t>(each.feature);
    }
    return features;
}

bool is_switched_off(Feature feature) {
    return (switched_off_features() & static_cast<std::uint32_t>(feature)) != 0;
}

void switch_off(std::uint32_t features) noexcept { told = features; }

} // namespace outlast::sys
