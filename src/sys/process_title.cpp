// What ps(1) shows of this process.
#include "sys/process_title.hpp"

#include <cstring>
#include <unistd.h>

namespace outlast::sys {
namespace {

char* area = nullptr;
char* area_end = nullptr;

/// The end of the strings of `list` as far as they lie directly behind `end`.
char* follow(char** list, char* end) noexcept {
    for (; *list != nullptr && *list == end; ++list) end += std::strlen(end) + 1;
    return end;
}

} // namespace

void remember_title_area(char** argv) noexcept {
    area = argv[0];
    if (area != nullptr) area_end = follow(environ, follow(argv, area));
}

bool set_process_title(std::string_view title) noexcept {
    const auto room = static_cast<std::size_t>(area_end - area);
    if (area == nullptr || title.size() >= room) return false;
    static char* nothing = nullptr;
    environ = &nothing;
    std::memcpy(area, title.data(), title.size());
    std::memset(area + title.size(), 0, room - title.size());
    return true;
}

} // namespace outlast::sys
