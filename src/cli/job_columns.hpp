// The columns in which jobs can be listed, and how a table of them is laid out.
#pragma once

#include "base/result.hpp"
#include "cli/output.hpp"
#include "job/record.hpp"
#include "job/use_sample.hpp"

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace outlast::cli {

/// One job and what was found out about it for the columns that ask for it.
struct JobRow {
    job::Record record;
    std::string last_line; ///< printable; empty when it was not read or there is none
    std::optional<job::UseSample> use;
    std::optional<std::uint64_t> log_size;
};

struct JobColumn {
    const char* name;
    const char* heading;
    enum class Align { left, right } align;
    /// A column that gives way when the terminal is narrow.
    enum class Width { natural, flexible } width;
    std::string (*text)(const JobRow& row, Nanoseconds now);
};

/// All there are, for --help and completion.
[[nodiscard]] std::span<const JobColumn> job_columns();

/// "number,name,state" as columns. Error: usage, with the names there are.
[[nodiscard]] Result<std::vector<const JobColumn*>> parse_columns(std::string_view list);

/// The table with a line of headings. `width` 0: as wide as the text is (not for a terminal).
[[nodiscard]] std::string render_jobs(const std::vector<JobRow>& rows,
                                      const std::vector<const JobColumn*>& chosen,
                                      std::size_t width, Nanoseconds now, const Output& output);

/// How a condition is coloured.
[[nodiscard]] Style style_of(const job::Record& record) noexcept;
/// "12s ago", "2h ago": one unit.
[[nodiscard]] std::string format_ago(Nanoseconds span);
/// How long it has run or ran; 0 when a moment is not known.
[[nodiscard]] Nanoseconds time_of(const job::Record& record, Nanoseconds now) noexcept;

} // namespace outlast::cli
