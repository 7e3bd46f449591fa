// A umask for files of ours only.
#pragma once

#include <sys/stat.h>

namespace outlast::sys {

/// Sets umask 077 while it lives, so that our files are ours whatever the caller's umask is: 000
/// would open them to others, 777 to nobody. The job gets the caller's.
class PrivateUmask {
public:
    PrivateUmask() noexcept : m_before(::umask(077)) {}
    ~PrivateUmask() { ::umask(m_before); }
    PrivateUmask(const PrivateUmask&) = delete;
    PrivateUmask& operator=(const PrivateUmask&) = delete;
    PrivateUmask(PrivateUmask&&) = delete;
    PrivateUmask& operator=(PrivateUmask&&) = delete;

private:
    mode_t m_before;
};

} // namespace outlast::sys
