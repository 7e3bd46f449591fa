// Restartable sequences: code that the kernel starts anew when it is interrupted.
#include "adopt/restartable_sequence.hpp"

#include "adopt/remote_memory.hpp"

#include <cstring>
#include <sys/ptrace.h>

namespace outlast::adopt {
namespace {

// PTRACE_GET_RSEQ_CONFIGURATION, Linux 5.13; Debian 11's headers are older.
constexpr int get_configuration = 0x420f;
struct Configuration {
    std::uint64_t address;
    std::uint32_t size;
    std::uint32_t signature;
    std::uint32_t flags;
    std::uint32_t unused;
};
constexpr std::size_t sequence_pointer_offset = 8; // of `rseq_cs` in struct rseq, linux/rseq.h

/// struct rseq_cs.
struct Sequence {
    std::uint32_t version;
    std::uint32_t flags;
    std::uint64_t start;
    std::uint64_t length;
    std::uint64_t abort;
};

template <class T> bool read_object(pid_t thread, Address address, T& object) {
    const auto bytes = read_memory(thread, address, sizeof object);
    if (!bytes) return false;
    std::memcpy(&object, bytes->data(), sizeof object);
    return true;
}

} // namespace

Address where_to_go_on(pid_t thread, Address instruction_pointer) {
    Configuration configuration{};
    if (::ptrace(static_cast<__ptrace_request>(get_configuration), thread, sizeof configuration,
                 &configuration) <= 0 ||
        configuration.address == 0) {
        return instruction_pointer;
    }
    Address place = 0;
    Sequence sequence{};
    if (!read_object(thread, configuration.address + sequence_pointer_offset, place) ||
        place == 0 || !read_object(thread, place, sequence)) {
        return instruction_pointer;
    }
    const bool inside = instruction_pointer - sequence.start < sequence.length;
    return inside ? sequence.abort : instruction_pointer;
}

} // namespace outlast::adopt
