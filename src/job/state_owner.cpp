// The caller's side of a shared state.
#include "job/state_owner.hpp"

#include <sys/mman.h>
#include <unistd.h>

namespace outlast::job {

StateOwner::StateOwner(const twin::MappedState& mapped) : m_state(*mapped.state) {
    m_state.fds.shared = mapped.fd;
}

void StateOwner::remember() {
    m_own = m_state.descriptors();
    m_remembered = true;
}

StateOwner::~StateOwner() {
    if (!m_remembered) remember();
    for (const std::int32_t fd : m_own) {
        if (fd >= 0) ::close(fd);
    }
    ::munmap(&m_state, sizeof(twin::SharedState));
}

} // namespace outlast::job
