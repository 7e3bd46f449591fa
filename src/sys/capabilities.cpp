// What a process may do beyond its user's rights.
#include "sys/capabilities.hpp"

#include <array>
#include <linux/capability.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace outlast::sys {
namespace {

using Sets = std::array<__user_cap_data_struct, _LINUX_CAPABILITY_U32S_3>;

__user_cap_header_struct header_of_this_process() noexcept {
    return {_LINUX_CAPABILITY_VERSION_3, 0};
}

} // namespace

bool has_capability(unsigned capability) noexcept {
    __user_cap_header_struct header = header_of_this_process();
    Sets sets{};
    if (::syscall(SYS_capget, &header, sets.data()) != 0) return false;
    constexpr unsigned bits = 32;
    return (sets[capability / bits].effective >> (capability % bits) & 1U) != 0;
}

bool keep_capabilities(std::uint32_t bits) noexcept {
    __user_cap_header_struct header = header_of_this_process();
    Sets sets{};
    sets[0] = {bits, bits, bits};
    return ::syscall(SYS_capset, &header, sets.data()) == 0;
}

} // namespace outlast::sys
