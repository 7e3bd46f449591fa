// Room for the fate on a full disk.
#include "twin/spare_file.hpp"

#include "sys/file.hpp"

#include <array>
#include <unistd.h>

namespace outlast::twin {
namespace {

constexpr const char* spare_name = "state.json.spare";
constexpr const char* state_name = "state.json";
/// SharedState::fixed_json and what the keeper adds to it.
constexpr std::size_t spare_size = std::size_t{12} << 10;

Result<> overwrite(int fd, std::string_view bytes) {
    if (auto written = sys::write_all(fd, bytes); !written) return written;
    if (::ftruncate(fd, static_cast<off_t>(bytes.size())) != 0) return fail_errno("ftruncate");
    if (::fsync(fd) != 0) return fail_errno("fsync");
    return {};
}

} // namespace

Result<> make_spare(int folder) {
    const auto fd = sys::open_at(folder, spare_name, O_WRONLY | O_CREAT | O_NOFOLLOW);
    if (!fd) return fail(fd.error());
    // Written, not only allocated: that holds on every file system.
    static constexpr std::array<char, spare_size> zeros{};
    auto written = sys::write_all(fd->get(), {zeros.data(), zeros.size()});
    if (!written) remove_spare(folder);
    return written;
}

void remove_spare(int folder) { ::unlinkat(folder, spare_name, 0); }

Result<> replace_state_by_spare(int folder, std::string_view bytes) {
    const auto spare = sys::open_at(folder, spare_name, O_WRONLY | O_NOFOLLOW);
    if (spare) {
        if (auto written = overwrite(spare->get(), bytes); !written) return written;
        if (::renameat(folder, spare_name, folder, state_name) != 0)
            return fail_errno("rename the spare state.json");
        (void)::fsync(folder);
        return {};
    }
    const auto state = sys::open_at(folder, state_name, O_WRONLY | O_NOFOLLOW);
    if (!state) return fail(state.error());
    return overwrite(state->get(), bytes);
}

} // namespace outlast::twin
