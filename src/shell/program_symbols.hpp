// Where a running program keeps what it exports by name (elf(5), .dynsym).
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <sys/types.h>
#include <vector>

namespace outlast::shell {

/// The addresses that the symbols `names` of the program file have in the process's memory: found
/// by the file's table of dynamic symbols and by where the file is mapped. Those that it does not
/// have are missing; all are when the process or its program may not be read, or is not ELF of our
/// own word size and byte order.
[[nodiscard]] std::map<std::string, std::uint64_t, std::less<>>
find_symbols(pid_t pid, const std::vector<std::string>& names);

} // namespace outlast::shell
