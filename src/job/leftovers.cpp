// What the command of a job has left running when it ended.
#include "job/leftovers.hpp"

#include "sys/file.hpp"
#include "sys/open_files.hpp"

#include <fcntl.h>

namespace outlast::job {

std::vector<pid_t> leftovers_of(const JobFolder& folder, const Record& record) {
    const auto lock = sys::open_at(folder.fd.get(), "lock", O_RDONLY);
    if (!lock) return {};
    std::vector<pid_t> found = sys::holders_of(lock->get());
    std::erase_if(found,
                  [&](pid_t pid) { return pid == record.keeper_pid || pid == record.scribe_pid; });
    return found;
}

} // namespace outlast::job
