// How to take back what has been done to a process, newest first.
#pragma once

#include "base/result.hpp"

#include <functional>
#include <string>
#include <vector>

namespace outlast::adopt {

class Journal {
public:
    using Undo = std::function<Result<>()>;

    /// `what` says in words what stays when `undo` fails.
    void add(std::string what, Undo undo);
    /// Takes everything back, in the opposite order, going on after a failure. What could not be
    /// taken back is named in the result, which is empty when all is as it was.
    [[nodiscard]] std::string undo_all();
    /// It stays: from here on there is no way back.
    void forget() noexcept { m_entries.clear(); }

private:
    struct Entry {
        std::string what;
        Undo undo;
    };
    std::vector<Entry> m_entries;
};

} // namespace outlast::adopt
