// When this user last looked at the news.
#include "cli/last_look.hpp"

#include "base/text.hpp"
#include "sys/file.hpp"

#include <limits>
#include <unistd.h>

namespace outlast::cli {
namespace {

std::string file_name() { return "last-look-" + std::to_string(::geteuid()); }

} // namespace

std::optional<Nanoseconds> read_last_look(const std::string& state_directory) {
    const auto text = sys::read_file(state_directory + "/" + file_name(), 64);
    const auto moment = text ? parse_u64(trim(*text)) : std::nullopt;
    if (!moment || *moment > std::numeric_limits<Nanoseconds>::max() / 4) return std::nullopt;
    return static_cast<Nanoseconds>(*moment);
}

void write_last_look(const std::string& state_directory, Nanoseconds now) {
    const auto directory = sys::open_directory(state_directory);
    if (!directory) return;
    (void)sys::replace_file_at(directory->get(), file_name(), std::to_string(now) + "\n",
                               sys::Durability::page_cache);
}

} // namespace outlast::cli
