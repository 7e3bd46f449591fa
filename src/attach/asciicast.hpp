// A job's terminal as a recording that asciinema plays.
#pragma once

#include "base/result.hpp"
#include "job/record.hpp"
#include "log/log_file.hpp"

#include <functional>
#include <string>
#include <string_view>

namespace outlast::attach {

/// Writes the job's present run as an asciicast (version 2, docs.asciinema.org: a line of JSON for
/// the header and one for each event), line by line to `print`. Times are as fine as the timeline's
/// points, a tenth of a second at best. Bytes that are not UTF-8 become U+FFFD, as a terminal shows
/// them; what is not in the log any more is said in its place.
[[nodiscard]] Result<> write_asciicast(const job::JobFolder& folder, const job::Record& record,
                                       const std::function<void(const std::string&)>& print);

/// The part of `bytes` that can be told now as UTF-8; the beginning of a character at its end stays
/// in `bytes`.
[[nodiscard]] std::string take_utf8(std::string& bytes);

} // namespace outlast::attach
