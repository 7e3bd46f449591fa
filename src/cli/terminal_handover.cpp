// The controlling terminal of an adopted job.
#include "cli/terminal_handover.hpp"

#include "adopt/plan.hpp"
#include "adopt/terminal_gift.hpp"
#include "job/keeper_connection.hpp"
#include "sys/process_info.hpp"

namespace outlast::cli {

void hand_terminal_over(const job::JobFolder& folder, const job::Record& record) {
    if (!record.adopted || !record.here || !job::is_alive(record.condition)) return;
    const job::Adopted& adopted = *record.adopted;
    if (adopted.watched_only || adopted.terminal_lost || adopted.terminal_path.empty()) return;
    if (adopted.session_leader != 0) return;
    const auto stat = sys::read_process_stat(record.pid);
    if (!stat || stat->start_ticks != record.pid_start) return;
    const auto owner =
        adopt::give_terminal(record.pid, adopt::find_members(record.pid), adopted.terminal_path);
    if (!owner) return;
    auto connection = job::KeeperConnection::connect(folder, record);
    if (connection) static_cast<void>(connection->controlling_terminal_given(*owner));
}

} // namespace outlast::cli
