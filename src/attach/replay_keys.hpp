// The keys of a replay.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace outlast::attach {

enum class ReplayKey {
    pause,
    faster,
    slower,
    forward,
    back,
    far_forward,
    far_back,
    start,
    suspend,
    quit
};

/// Takes what is typed, cut anywhere. Keys that mean nothing here are passed over.
class ReplayKeys {
public:
    [[nodiscard]] std::vector<ReplayKey> feed(std::string_view bytes);

private:
    std::string m_pending; ///< the beginning of an arrow key
};

} // namespace outlast::attach
