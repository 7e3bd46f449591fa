// Failing on purpose.
#include "adopt/fault.hpp"

#include "base/text.hpp"

#include <cerrno>
#include <cstdint>
#include <cstdlib>

namespace outlast::adopt {
namespace {

bool ended = false;

} // namespace

Result<> fault_point(std::string_view step) {
    static const char* const wanted = std::getenv("OUTLAST_ADOPT_FAULT");
    if (wanted == nullptr || ended) return {};
    static const std::uint64_t number = parse_u64(wanted).value_or(0);
    static std::uint64_t steps = 0;
    if (number == 0 || ++steps < number) return {};
    return fail_errno(EPERM, std::string(step) + " (OUTLAST_ADOPT_FAULT)");
}

void end_faults() noexcept { ended = true; }

} // namespace outlast::adopt
