// Spans of time and moments, as people write and read them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace outlast {

/// Nanoseconds; moments count from 1970 (CLOCK_REALTIME).
using Nanoseconds = std::int64_t;
constexpr Nanoseconds ns_per_second = 1'000'000'000;
constexpr Nanoseconds ns_per_ms = 1'000'000;

/// "90", "90s", "1.5h", "2h30m", "1d 4h", "500ms": a bare number is seconds, as in systemd.time(7).
[[nodiscard]] std::optional<Nanoseconds> parse_duration(std::string_view text);

/// "4096", "64k", "1.5G", "1GiB": powers of 1024.
[[nodiscard]] std::optional<std::uint64_t> parse_size(std::string_view text);

/// "850ms", "12s", "4m 11s", "2h 41m", "3d 4h": two units at most.
[[nodiscard]] std::string format_duration(Nanoseconds span);

/// "812 B", "4.0 KB", "25.4 GB" (powers of 1024, as people read them).
[[nodiscard]] std::string format_size(std::uint64_t bytes);

/// A moment given as "-1h", "2h ago", "10 min ago", "14:05", "14:05:09", "yesterday 14:00",
/// "today", "now", "2026-11-22", "2026-11-22 13:00[:05[.250]]", "2026-11-22T13:00:05Z",
/// "@1763812345[.5]". Local time zone unless it ends with Z. `now` makes it testable.
[[nodiscard]] std::optional<Nanoseconds> parse_moment(std::string_view text, Nanoseconds now);

/// Local time: "14:06:58" on the day of `now`, else "2026-11-21 14:06:58".
[[nodiscard]] std::string format_moment(Nanoseconds moment, Nanoseconds now);
/// "2026-11-22T13:00:05.250Z" (RFC 3339, UTC), for machines.
[[nodiscard]] std::string format_rfc3339(Nanoseconds moment);

} // namespace outlast
