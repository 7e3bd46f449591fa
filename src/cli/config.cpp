// The configuration.
#include "cli/config.hpp"

#include <cctype>
#include <cstdlib>

namespace outlast::cli {

std::string setting(std::string_view key) {
    std::string variable = "OUTLAST_";
    for (const char sign : key)
        variable += static_cast<char>(std::toupper(static_cast<unsigned char>(sign)));
    const char* value = std::getenv(variable.c_str());
    return value != nullptr ? value : "";
}

} // namespace outlast::cli
