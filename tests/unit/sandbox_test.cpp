// What a process in the sandbox can still do, and what it cannot.
#include "sys/file.hpp"
#include "sys/sandbox.hpp"

#include <doctest/doctest.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <fcntl.h>
#include <functional>
#include <string>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace outlast;

namespace {

/// A folder of the test's own with a file in it; another beside it.
class Folders {
public:
    Folders() : m_path(::mkdtemp(m_template)) {
        (void)sys::make_directories(m_path + "/own");
        m_own =
            sys::UniqueFd(::open((m_path + "/own").c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
        sys::UniqueFd(
            ::open((m_path + "/own/inside").c_str(), O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
        sys::UniqueFd(::open((m_path + "/outside").c_str(), O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
    }
    ~Folders() { (void)sys::remove_tree_at(AT_FDCWD, m_path); }
    Folders(const Folders&) = delete;
    Folders& operator=(const Folders&) = delete;
    Folders(Folders&&) = delete;
    Folders& operator=(Folders&&) = delete;

    [[nodiscard]] int own() const { return m_own.get(); }
    [[nodiscard]] std::string outside() const { return m_path + "/outside"; }

private:
    char m_template[32] = "/tmp/olsandboxXXXXXX";
    std::string m_path;
    sys::UniqueFd m_own;
};

enum class Outcome { could, could_not, no_such_wall };

/// Tries `deed` in a child in the sandbox. `wall`: the part that has to hold it back.
Outcome in_sandbox(const Folders& folders, bool sys::Sandbox::*wall,
                   const std::function<bool()>& deed) {
    const pid_t child = ::fork();
    if (child == 0) {
        const sys::Sandbox sandbox = sys::enter_sandbox(folders.own());
        if (!(sandbox.*wall)) ::_exit(2);
        ::_exit(deed() ? 0 : 1);
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    REQUIRE(WIFEXITED(status));
    return static_cast<Outcome>(WEXITSTATUS(status));
}

} // namespace

TEST_CASE("its own folder stays open to a process in the sandbox") {
    const Folders folders;
    CHECK(in_sandbox(folders, &sys::Sandbox::no_new_privileges, [&] {
              const bool read = sys::read_file_at(folders.own(), "inside").has_value();
              const bool replaced =
                  sys::replace_file_at(folders.own(), "inside", "text", sys::Durability::page_cache)
                      .has_value();
              void* memory = ::mmap(nullptr, 1 << 20, PROT_READ | PROT_WRITE,
                                    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
              return read && replaced && memory != MAP_FAILED;
          }) == Outcome::could);
}

TEST_CASE("other files, programs, sockets and processes are out of reach") {
    const Folders folders;
    const auto files = &sys::Sandbox::confines_files;
    const auto calls = &sys::Sandbox::filters_calls;
    const auto opens = [](const std::string& path, int flags) {
        return [path, flags] { return ::open(path.c_str(), flags | O_CLOEXEC) >= 0; };
    };
    CHECK(in_sandbox(folders, files, opens(folders.outside(), O_RDONLY)) != Outcome::could);
    CHECK(in_sandbox(folders, files, opens(folders.outside(), O_WRONLY)) != Outcome::could);
    CHECK(in_sandbox(folders, files, opens("/etc/passwd", O_RDONLY)) != Outcome::could);
    CHECK(in_sandbox(folders, calls, [] { return ::socket(AF_INET, SOCK_STREAM, 0) >= 0; }) !=
          Outcome::could);
    CHECK(in_sandbox(folders, calls, [] { return ::kill(::getppid(), 0) == 0; }) != Outcome::could);
    CHECK(in_sandbox(folders, calls, [] { return ::fork() >= 0; }) != Outcome::could);
    CHECK(in_sandbox(folders, calls, [] {
              char name[] = "/bin/true";
              char* arguments[] = {name, nullptr};
              ::execv(name, arguments);
              return errno != EPERM && errno != EACCES;
          }) != Outcome::could);
}
