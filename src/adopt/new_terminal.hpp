// The terminal that processes are moved to.
#pragma once

#include "base/result.hpp"
#include "sys/unique_fd.hpp"

#include <optional>
#include <string>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/types.h>

namespace outlast::adopt {

/// Holds it open, so that it can be told from another of the same name: a process may live in a
/// container where the path leads elsewhere.
class NewTerminal {
public:
    [[nodiscard]] static Result<NewTerminal> open(const std::string& path);

    [[nodiscard]] const std::string& path() const noexcept { return m_path; }
    /// Another way to it, for a process that sees our /proc.
    [[nodiscard]] std::string path_through_us() const;
    /// Whether the descriptor of that process is this very terminal.
    [[nodiscard]] bool is_behind(pid_t pid, int fd) const;
    [[nodiscard]] dev_t device() const noexcept { return m_info.st_rdev; }
    /// Makes `owner` its owner, as it has to be for a process of that user to open it.
    [[nodiscard]] Result<> give_to(uid_t owner) const;
    /// A row less than it has, or one more if it has only one; what it had. nullopt when it has
    /// gone.
    [[nodiscard]] std::optional<winsize> change_size() const;
    /// Back from change_size(), unless somebody has given it another size meanwhile.
    void restore_size(const winsize& before) const;

private:
    NewTerminal(std::string path, sys::UniqueFd fd, const struct stat& info) noexcept
        : m_path(std::move(path)), m_fd(std::move(fd)), m_info(info) {}

    std::string m_path;
    sys::UniqueFd m_fd;
    struct stat m_info;
};

} // namespace outlast::adopt
