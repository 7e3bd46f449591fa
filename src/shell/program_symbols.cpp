// Where a running program keeps what it exports by name.
#include "shell/program_symbols.hpp"

#include "base/text.hpp"
#include "sys/file.hpp"

#include <charconv>
#include <cstring>
#include <elf.h>
#include <link.h>
#include <optional>

namespace outlast::shell {
namespace {

using FileHeader = ElfW(Ehdr);
using SectionHeader = ElfW(Shdr);
using Symbol = ElfW(Sym);

constexpr std::size_t most_sections = 4096;
constexpr std::size_t most_bytes = std::size_t{8} << 20; // of a table; bash has 60 kB

std::optional<std::string> read_part(int fd, std::uint64_t offset, std::uint64_t size) {
    if (size > most_bytes) return std::nullopt;
    std::string bytes(size, '\0');
    const auto count = sys::read_at(fd, bytes.data(), bytes.size(), offset);
    if (!count || *count != bytes.size()) return std::nullopt;
    return bytes;
}

template <class T> T entry(const std::string& table, std::size_t index) {
    T value{};
    std::memcpy(&value, table.data() + index * sizeof(T), sizeof(T));
    return value;
}

std::optional<FileHeader> read_header(int fd) {
    const auto bytes = read_part(fd, 0, sizeof(FileHeader));
    if (!bytes) return std::nullopt;
    const auto header = entry<FileHeader>(*bytes, 0);
    constexpr unsigned char our_class = sizeof(void*) == 8 ? ELFCLASS64 : ELFCLASS32;
    constexpr unsigned char our_order =
        __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ? ELFDATA2LSB : ELFDATA2MSB;
    const bool ours =
        std::memcmp(&header.e_ident[0], ELFMAG, SELFMAG) == 0 &&
        header.e_ident[EI_CLASS] == our_class && header.e_ident[EI_DATA] == our_order &&
        header.e_shentsize == sizeof(SectionHeader) && header.e_shnum <= most_sections;
    if (!ours) return std::nullopt;
    return header;
}

/// Where the beginning of the program file is mapped: the line of maps(5) with its name and offset
/// 0.
std::optional<std::uint64_t> load_address(pid_t pid) {
    const std::string folder = "/proc/" + std::to_string(pid);
    const auto maps = sys::read_file(folder + "/maps", std::size_t{16} << 20);
    const auto program = sys::read_link(folder + "/exe");
    if (!maps || !program) return std::nullopt;
    for (const std::string_view line : split(*maps, '\n')) {
        if (!line.ends_with(" " + *program) || line.find(" 00000000 ") == std::string_view::npos)
            continue;
        std::uint64_t address = 0;
        std::from_chars(line.data(), line.data() + line.size(), address, 16);
        return address;
    }
    return std::nullopt;
}

} // namespace

std::map<std::string, std::uint64_t, std::less<>>
find_symbols(pid_t pid, const std::vector<std::string>& names) {
    std::map<std::string, std::uint64_t, std::less<>> found;
    const auto file =
        sys::open_at(AT_FDCWD, "/proc/" + std::to_string(pid) + "/exe", O_RDONLY | O_NONBLOCK);
    if (!file) return found;
    const auto header = read_header(file->get());
    const auto base = load_address(pid);
    if (!header || !base) return found;
    const auto sections =
        read_part(file->get(), header->e_shoff, sizeof(SectionHeader) * header->e_shnum);
    if (!sections) return found;
    for (std::size_t i = 0; i < header->e_shnum; ++i) {
        const auto section = entry<SectionHeader>(*sections, i);
        if (section.sh_type != SHT_DYNSYM || section.sh_link >= header->e_shnum) continue;
        const auto strings_at = entry<SectionHeader>(*sections, section.sh_link);
        const auto symbols = read_part(file->get(), section.sh_offset, section.sh_size);
        const auto strings = read_part(file->get(), strings_at.sh_offset, strings_at.sh_size);
        if (!symbols || !strings) return found;
        const std::uint64_t shift = header->e_type == ET_DYN ? *base : 0;
        for (std::size_t each = 0; each < symbols->size() / sizeof(Symbol); ++each) {
            const auto symbol = entry<Symbol>(*symbols, each);
            if (symbol.st_value == 0 || symbol.st_name >= strings->size()) continue;
            // The file is anybody's: no more of a name is looked at than a known one has.
            const char* name = strings->c_str() + symbol.st_name;
            for (const std::string& wanted : names) {
                if (std::strncmp(name, wanted.c_str(), wanted.size() + 1) == 0)
                    found.emplace(wanted, symbol.st_value + shift);
            }
        }
        break; // a program has one such table
    }
    return found;
}

} // namespace outlast::shell
