// The names of threats and marks.
#include "check/verdict.hpp"

namespace outlast::check {

std::string_view threat_name(Threat threat) noexcept {
    switch (threat) {
    case Threat::hangup: return "hangup";
    case Threat::terminal: return "terminal";
    case Threat::pipeline: return "pipeline";
    case Threat::logout: return "logout";
    case Threat::memory: return "memory";
    case Threat::reboot: break;
    }
    return "reboot";
}

std::string_view mark_name(Mark mark) noexcept {
    switch (mark) {
    case Mark::safe: return "safe";
    case Mark::unknown: return "unknown";
    case Mark::at_risk: return "at_risk";
    case Mark::dies: break;
    }
    return "dies";
}

} // namespace outlast::check
