// Finds the program that a command's first word means.
#include "job/command_path.hpp"

#include "base/text.hpp"
#include "sys/file.hpp"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace outlast::job {
namespace {

bool is_directory(const std::string& path) {
    struct stat info {};
    return ::stat(path.c_str(), &info) == 0 && S_ISDIR(info.st_mode);
}

bool is_runnable(const std::string& path) {
    return ::faccessat(AT_FDCWD, path.c_str(), X_OK, AT_EACCESS) == 0 && !is_directory(path);
}

Failure not_runnable(const std::string& word, const std::string& path) {
    if (is_directory(path)) {
        return fail(Errc::command_not_run, word + " is a directory", "a directory cannot be run",
                    "name a program");
    }
    return fail(Errc::command_not_run, word + " cannot be run", std::strerror(errno),
                "chmod +x " + shell_quote(path));
}

/// A path that leads nowhere: 127 where nothing is, 126 where we may not look or a file stands in
/// the way, as in a shell.
Failure not_reached(const std::string& word, int error_number) {
    if (error_number == ENOENT)
        return fail(Errc::command_not_found, word + ": no such file", {}, "check the path");
    return fail(Errc::command_not_run, word + " cannot be run", std::strerror(error_number),
                "check the path");
}

std::string absolute(const std::string& path, const std::string& directory) {
    return path.starts_with('/') ? path : directory + "/" + path;
}

} // namespace

Result<std::string> find_program(const std::string& word, const std::string& path,
                                 const std::string& directory) {
    if (word.empty())
        return fail(Errc::command_not_found, "the command is empty", {}, "outlast run COMMAND");
    if (word.find('/') != std::string::npos) {
        const std::string file = absolute(word, directory);
        if (is_runnable(file)) return file;
        if (sys::exists(file)) return not_runnable(word, file);
        return not_reached(word, errno);
    }
    std::string seen;
    for (const std::string_view part : split(path, ':')) {
        const std::string file =
            absolute(part.empty() ? word : std::string(part) + "/" + word, directory);
        if (is_runnable(file)) return file;
        if (seen.empty() && sys::exists(file) && !is_directory(file)) seen = file;
    }
    if (!seen.empty()) return not_runnable(word, seen);
    const bool built_in =
        word == "cd" || word == "export" || word == "source" || word == "alias" || word == "ulimit";
    return fail(Errc::command_not_found, word + ": command not found",
                "no file of that name is in PATH",
                built_in ? "it is a shell's own command: outlast run '" + word + " …' runs a shell"
                         : "check the spelling");
}

} // namespace outlast::job
