// One page of a log as JSON, for programs that read with a cursor.
#pragma once

#include "attach/log_range.hpp"
#include "cli/output.hpp"
#include "job/record.hpp"
#include "log/log_file.hpp"

namespace outlast::cli {

/// Prints {from, end, next, eof, state, gaps, output}: `next` is the offset to ask for next, `eof`
/// says that nothing will come after it. A page holds 256 KiB unless the request says otherwise,
/// 16 MiB at the most; a sign of several bytes that is not complete yet is left for the next page.
[[nodiscard]] Result<int> print_page(const job::JobFolder& folder, const job::Record& record,
                                     const log::LogFile& file, const attach::RangeRequest& request,
                                     const Output& output);

/// How many bytes at the end of `text` begin a UTF-8 sequence that is not complete: 0 to 3.
[[nodiscard]] std::size_t incomplete_tail(std::string_view text) noexcept;

} // namespace outlast::cli
