// Where a process stands, what logind would do, and what follows from both.
#include "check/host_survival.hpp"

#include <doctest/doctest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

using namespace outlast::check;

TEST_CASE("a cgroup file tells the place") {
    struct Row {
        const char* text;
        PlaceKind kind;
        const char* unit;
    };
    const Row rows[] = {
        {"0::/user.slice/user-1000.slice/session-4.scope\n", PlaceKind::session, "session-4.scope"},
        {"0::/user.slice/user-1000.slice/session-c2.scope/below", PlaceKind::session,
         "session-c2.scope"},
        {"0::/user.slice/user-1000.slice/user@1000.service/app.slice/a.scope\n",
         PlaceKind::user_manager, "user@1000.service"},
        // A unit of the user's own with a session's name is still the user manager's.
        {"0::/user.slice/user-1000.slice/user@1000.service/session-9.scope\n",
         PlaceKind::user_manager, "user@1000.service"},
        // Hybrid: systemd's own tree counts.
        {"9:name=systemd:/user.slice/user-7.slice/session-1.scope\n4:memory:/x\n0::/\n",
         PlaceKind::session, "session-1.scope"},
        {"9:name=systemd:/\n0::/user.slice/user-7.slice/session-1.scope\n", PlaceKind::session,
         "session-1.scope"},
        {"0::/system.slice/cron.service\n", PlaceKind::elsewhere, ""},
        {"0::/system.slice/system-sshd.slice/sshd@3-10.0.0.1:22-10.0.0.2:999.service\n",
         PlaceKind::connection, "sshd@3-10.0.0.1:22-10.0.0.2:999.service"},
        {"0::/system.slice/ssh.service\n", PlaceKind::elsewhere, ""},
        {"0::/\n", PlaceKind::elsewhere, ""},
        {"", PlaceKind::elsewhere, ""},
        {"nonsense\n:::\n", PlaceKind::elsewhere, ""},
        {"4:memory:/slurm/uid_1000/job_812/step_extern\n1:name=systemd:/x\n", PlaceKind::allocation,
         "Slurm job 812"},
        {"0::/system.slice/slurmstepd.scope/job_77/step_0/user/task_0\n", PlaceKind::allocation,
         "Slurm job 77"},
        // The daemon itself is no allocation.
        {"0::/system.slice/slurmd.service\n", PlaceKind::elsewhere, ""},
        {"3:cpu:/pbs_jobs.service/jobid/12.server\n", PlaceKind::allocation, "PBS job 12.server"},
        {"3:cpu:/lsf/cluster/job.5.6.7\n", PlaceKind::allocation, "LSF job 5.6.7"},
    };
    for (const Row& row : rows) {
        CAPTURE(row.text);
        const Place place = parse_place(row.text);
        CHECK(place.kind == row.kind);
        CHECK(place.unit == row.unit);
    }
}

TEST_CASE("the owner of a session is the slice's user, whoever the process runs as") {
    CHECK(parse_place("0::/user.slice/user-1000.slice/session-4.scope").owner == 1000);
    CHECK(parse_place("0::/user.slice/user-0.slice/user@0.service/x.scope").owner == 0);
    CHECK(!parse_place("0::/system.slice/x.service").owner);
    CHECK(!parse_place("0::/user.slice/user-99999999999999999999.slice/session-1.scope").owner);
}

TEST_CASE("logind's exceptions come before its switch") {
    LogoutPolicy policy;
    parse_logind_file("KillUserProcesses=yes\n[Other]\nKillUserProcesses=yes\n", policy);
    CHECK(!policy.kills);
    CHECK(policy.source == PolicySource::nothing);
    CHECK(!policy.ends_processes_of("ann"));
    CHECK(policy.ends_processes_of("root") == false);

    parse_logind_file("[Login]\n#KillUserProcesses=no\n", policy);
    CHECK(policy.source == PolicySource::preset);
    CHECK(policy.ends_processes_of("ann") == false);
    CHECK(policy.ends_processes_of("") == false);

    parse_logind_file("[Login]\n KillUserProcesses = yes \n#KillUserProcesses=no\n", policy);
    CHECK(policy.source == PolicySource::files);
    CHECK(policy.ends_processes_of("ann") == true);
    CHECK(!policy.ends_processes_of(""));

    parse_logind_file("[Login]\nKillUserProcesses=perhaps\nKillExcludeUsers=ann\n", policy);
    CHECK(policy.ends_processes_of("ann") == false);
    CHECK(policy.ends_processes_of("root") == true); // the default is replaced, not added to

    parse_logind_file("[Login]\nKillUserProcesses=no\nKillOnlyUsers=bob\nKillOnlyUsers=cat\n",
                      policy);
    CHECK(policy.ends_processes_of("bob") == true);
    CHECK(policy.ends_processes_of("cat") == true);
    CHECK(policy.ends_processes_of("dan") == false);
    CHECK(policy.ends_processes_of("ann") == false);

    parse_logind_file("[Login]\nKillOnlyUsers=\nUserStopDelaySec=3s\n", policy);
    CHECK(policy.ends_processes_of("bob") == false);
    CHECK(policy.stop_delay == "3s");
}

namespace {

/// A folder with logind's files in it, gone at the end.
class FakeRoot {
public:
    FakeRoot() : m_path(std::filesystem::temp_directory_path() / "outlast-unit-XXXXXX") {
        std::string name = m_path;
        REQUIRE(::mkdtemp(name.data()) != nullptr);
        m_path = name;
    }
    FakeRoot(const FakeRoot&) = delete;
    FakeRoot& operator=(const FakeRoot&) = delete;
    FakeRoot(FakeRoot&&) = delete;
    FakeRoot& operator=(FakeRoot&&) = delete;
    ~FakeRoot() { std::filesystem::remove_all(m_path); }

    void write(const std::string& name, const std::string& lines) const {
        const auto file = m_path / name;
        std::filesystem::create_directories(file.parent_path());
        std::ofstream(file) << "[Login]\n" << lines;
    }
    [[nodiscard]] LogoutPolicy read() const { return read_logout_policy(m_path); }

private:
    std::filesystem::path m_path;
};

} // namespace

TEST_CASE("logind's files: the first main file, then drop-ins by name, the nearest of each name") {
    const FakeRoot root;
    CHECK(!root.read().kills);
    CHECK(root.read().source == PolicySource::nothing);

    root.write("usr/lib/systemd/logind.conf", "#KillUserProcesses=yes\n");
    CHECK(root.read().kills == true);
    CHECK(root.read().source == PolicySource::preset);
    root.write("etc/systemd/logind.conf", "#KillUserProcesses=no\n");
    CHECK(root.read().kills == false);
    CHECK(root.read().changed_since_boot); // these files are younger than the boot

    root.write("usr/lib/systemd/logind.conf.d/50-site.conf", "KillUserProcesses=yes\n");
    CHECK(root.read().kills == true);
    CHECK(root.read().source == PolicySource::files);
    root.write("etc/systemd/logind.conf.d/40-local.conf", "KillUserProcesses=no\n");
    CHECK(root.read().kills == true); // 50 comes after 40, wherever it is
    root.write("etc/systemd/logind.conf.d/50-site.conf", "KillOnlyUsers=ann\n");
    CHECK(root.read().kills == false); // its namesake is hidden
    CHECK(root.read().ends_processes_of("ann") == true);
    root.write("etc/systemd/logind.conf.d/90-no.txt", "KillUserProcesses=yes\n");
    CHECK(root.read().kills == false);
}

TEST_CASE("a place and a host make an outcome") {
    const Place session = parse_place("0::/user.slice/user-1000.slice/session-4.scope");
    const Place manager =
        parse_place("0::/user.slice/user-1000.slice/user@1000.service/app.slice/a.scope");
    const Place service = parse_place("0::/system.slice/cron.service");
    Host host;
    host.systemd = true;
    CHECK(judge(session, host).outcome == Outcome::unknown);
    host.ends_session = false;
    CHECK(judge(session, host).outcome == Outcome::survives);
    host.ends_session = true;
    CHECK(judge(session, host).outcome == Outcome::ends);
    CHECK(judge(service, host).outcome == Outcome::survives);

    CHECK(judge(manager, host).outcome == Outcome::unknown);
    host.lingers = false;
    CHECK(judge(manager, host).outcome == Outcome::ends);
    CHECK(judge(manager, host).why.find("10s after your last logout") != std::string::npos);
    host.lingers = true;
    CHECK(judge(manager, host).outcome == Outcome::survives);

    host.wsl = true;
    CHECK(judge(manager, host).outcome == Outcome::unknown);
    host.wsl = false;
    host.allocation = "Slurm job 5";
    CHECK(judge(service, host).why == "it may end with Slurm job 5");

    const Place connection = parse_place("0::/system.slice/sshd@3-a:22-b:9.service");
    CHECK(judge(connection, host).outcome == Outcome::ends);
    CHECK(should_leave(connection, host));
    CHECK(should_leave(session, host));
    CHECK(!should_leave(manager, host));
    CHECK(!should_leave(service, host));
    host.ends_session = std::nullopt;
    CHECK(!should_leave(session, host)); // what is not known is no reason to move
    CHECK(!should_leave(connection, Host{}));

    // Without systemd the same names mean nothing.
    const Host bare;
    CHECK(judge(session, bare).outcome == Outcome::survives);
    CHECK(judge(parse_place("0::/slurm/uid_1/job_2"), bare).outcome == Outcome::ends);
    Place unreadable;
    unreadable.kind = PlaceKind::unreadable;
    CHECK(judge(unreadable, bare).outcome == Outcome::unknown);
}
