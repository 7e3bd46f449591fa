// Puts the new terminal in the place of the old one, in one process.
#pragma once

#include "adopt/journal.hpp"
#include "adopt/new_terminal.hpp"
#include "adopt/remote_process.hpp"
#include "adopt/terminal_use.hpp"

#include <vector>

namespace outlast::adopt {

/// Every descriptor of the old terminal becomes one of the new, with the same number, access mode
/// and flags; those that shared an open file share one again; epoll sets watch the new one. The old
/// files stay open under other numbers until `finish`, so that everything can be taken back.
class DescriptorMove {
public:
    explicit DescriptorMove(RemoteProcess& process) noexcept : m_process(process) {}

    /// What it has done is in `journal`, also after an error.
    [[nodiscard]] Result<> move(const TerminalUse& use, const NewTerminal& terminal,
                                Journal& journal);
    /// A descriptor of the new terminal in the process, opened if need be.
    [[nodiscard]] Result<int> opened(const NewTerminal& terminal, Journal& journal);
    /// A descriptor of the old terminal in the process, -1 when it has none.
    [[nodiscard]] int old_descriptor() const noexcept {
        return m_sources.empty() ? -1 : m_sources.front().saved;
    }
    /// Closes what was kept open.
    void finish();

private:
    struct Source {
        int fd = -1; ///< of the new terminal
        int flags = 0;
        int like = -1;  ///< the first descriptor that it takes the place of
        int saved = -1; ///< another descriptor of the file that it takes the place of
    };

    [[nodiscard]] Result<int> source_for(const TerminalDescriptor& descriptor,
                                         const NewTerminal& terminal, Journal& journal);
    [[nodiscard]] Result<int> open_terminal(int flags, const NewTerminal& terminal,
                                            Journal& journal);
    [[nodiscard]] Result<int> open_path(const std::string& path, int flags);
    [[nodiscard]] Result<> copy_signal_owner(const TerminalDescriptor& descriptor, int source);
    [[nodiscard]] Result<> replace(const TerminalDescriptor& descriptor,
                                   const std::vector<Watch>& watches, Source& source,
                                   Journal& journal);
    [[nodiscard]] Result<> change_watch(int operation, const Watch& watch);
    [[nodiscard]] Result<> close(int fd);

    RemoteProcess& m_process;
    std::vector<Source> m_sources;
};

} // namespace outlast::adopt
