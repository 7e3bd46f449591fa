// Who has a file open.
#include "sys/open_files.hpp"

#include "sys/file.hpp"
#include "sys/process_info.hpp"

#include <fcntl.h>
#include <string>
#include <sys/stat.h>
#include <unistd.h>

namespace outlast::sys {
namespace {

bool holds(pid_t pid, const struct stat& file) {
    const auto folder = open_directory("/proc/" + std::to_string(pid) + "/fd");
    if (!folder) return false;
    const auto descriptors = list_directory_at(folder->get(), ".");
    if (!descriptors) return false;
    for (const std::string& name : *descriptors) {
        struct stat info {};
        if (::fstatat(folder->get(), name.c_str(), &info, 0) == 0 && info.st_dev == file.st_dev &&
            info.st_ino == file.st_ino) {
            return true;
        }
    }
    return false;
}

} // namespace

std::vector<pid_t> holders_of(int fd) {
    struct stat file {};
    std::vector<pid_t> found;
    if (::fstat(fd, &file) != 0) return found;
    for (const pid_t pid : all_pids()) {
        if (pid != ::getpid() && holds(pid, file)) found.push_back(pid);
    }
    return found;
}

} // namespace outlast::sys
