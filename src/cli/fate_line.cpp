// The line that ends a finished job's output.
#include "cli/fate_line.hpp"

#include "base/text.hpp"

namespace outlast::cli {

std::string fate_line(const job::Record& record, Nanoseconds now, bool utf8) {
    if (!record.fate) return {};
    std::string line = (utf8 ? "— " : "-- ") + printable_line(job::describe_fate(*record.fate));
    if (record.fate->ended > 0) {
        // A clock that was set back during the run leaves no span to tell.
        if (record.started > 0 && record.fate->ended >= record.started)
            line += " after " + format_duration(record.fate->ended - record.started);
        line += ", " + format_moment(record.fate->ended, now);
    }
    return line + (utf8 ? " · " : " | ") + "again: outlast restart " + printable_line(record.name);
}

} // namespace outlast::cli
