// What `doctor` has found out about this host: one line each.
#pragma once

#include <string>
#include <vector>

namespace outlast::check {

enum class Health {
    good,    ///< as it should be
    note,    ///< nothing is at risk, but something does not work or costs more
    risk,    ///< a job may be lost, or cannot be started
    unknown, ///< cannot be found out from here
};

/// What `doctor --fix` can do about it as an ordinary user.
enum class Mend { nothing, enable_linger, make_private };

struct Finding {
    Health mark = Health::good;
    std::string topic;    ///< one word: "linger"
    std::string text;     ///< what it means, in plain words
    std::string fix = {}; ///< a command, or what to ask for; may be empty
    Mend mend = Mend::nothing;
    std::string path = {}; ///< the directory to make private
};

using Findings = std::vector<Finding>;

} // namespace outlast::check
