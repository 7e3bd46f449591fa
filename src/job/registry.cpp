// All jobs of one user.
#include "job/registry.hpp"

#include "base/text.hpp"
#include "job/paths.hpp"
#include "sys/file.hpp"
#include "sys/file_lock.hpp"
#include "sys/private_umask.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <sys/stat.h>
#include <unistd.h>

namespace outlast::job {
namespace {

constexpr std::size_t longest_key = 200;
constexpr std::uint64_t highest_number = 1'000'000'000'000'000;

/// A key as a file name: bytes that are not letters, digits, '-', '_' become %XX.
std::string key_link(const std::string& key) {
    constexpr std::string_view digits = "0123456789ABCDEF";
    std::string name = "keys/";
    for (const char sign : key) {
        const auto byte = static_cast<unsigned char>(sign);
        if (std::isalnum(byte) != 0 || sign == '-' || sign == '_') name += sign;
        else name += {'%', digits[byte >> 4], digits[byte & 15]};
    }
    return name;
}

/// Under sudo -E, or with another user's XDG_STATE_HOME, root could make folders in a user's state
/// directory, and lock that user out of it for ever.
Result<> refuse_directory_of_another(std::string path) {
    if (::geteuid() != 0) return {}; // the file system's own permissions do it
    struct stat info {};
    while (::stat(path.c_str(), &info) != 0) {
        const std::size_t slash = path.rfind('/');
        if (errno != ENOENT || slash == std::string::npos || path == "/") return {};
        path.resize(std::max<std::size_t>(slash, 1));
    }
    if (info.st_uid == 0) return {};
    return fail(Errc::refused, path + " belongs to another user",
                "jobs started there would shut that user out of it",
                "sudo -H, or give --state-dir a directory of your own");
}

/// Somebody who makes our directory before we do could move and delete what we keep there.
Result<> refuse_foreign(int jobs, const std::string& path) {
    struct stat info {};
    if (::geteuid() == 0 || ::fstat(jobs, &info) != 0 || info.st_uid == ::geteuid()) return {};
    return fail(Errc::refused, path + " is not yours", "another user has made it",
                "give --state-dir or OUTLAST_STATE_DIR a directory of your own");
}

std::string name_link(const std::string& name) { return "names/" + name; }

} // namespace

Result<Registry> Registry::open(Missing missing) {
    auto path = state_directory();
    if (!path) return fail(path.error());
    if (missing == Missing::create) {
        if (auto own = refuse_directory_of_another(*path); !own) return fail(own.error());
    }
    auto jobs = sys::open_directory(*path + "/jobs");
    if (!jobs && jobs.error().is_errno(ENOENT)) {
        if (missing == Missing::empty) return Registry(*path, sys::UniqueFd(), sys::UniqueFd());
        const sys::PrivateUmask umask;
        if (auto made = sys::make_directories(*path + "/jobs"); !made) {
            Error error = made.error();
            error.fix = "give --state-dir a directory you can write to";
            return fail(std::move(error).within("make the state directory"));
        }
        jobs = sys::open_directory(*path + "/jobs");
    }
    if (!jobs) {
        Error error = Error(jobs.error()).within("the state directory");
        if (jobs.error().is_errno(EACCES)) {
            error.why = "it, or a directory above it, is closed to you";
            error.fix = "give --state-dir or OUTLAST_STATE_DIR a directory of your own";
        }
        return fail(std::move(error));
    }
    if (auto own = refuse_foreign(jobs->get(), *path); !own) return fail(own.error());
    auto root = sys::open_directory(*path);
    if (!root) return fail(root.error());
    return Registry(*path, std::move(*root), std::move(*jobs));
}

Result<Registry> Registry::open_again(const std::string& path) {
    auto jobs = sys::open_directory(path + "/jobs");
    if (!jobs) return fail(jobs.error());
    auto root = sys::open_directory(path);
    if (!root) return fail(root.error());
    return Registry(path, std::move(*root), std::move(*jobs));
}

std::vector<std::uint64_t> Registry::numbers() const {
    std::vector<std::uint64_t> found;
    if (!m_jobs) return found;
    const auto names = sys::list_directory_at(m_jobs.get(), ".");
    if (!names) return found;
    for (const std::string& name : *names) {
        const auto number = parse_u64(name);
        // What nobody of us has made: "007", or a number with no successor.
        if (!number || *number > highest_number || std::to_string(*number) != name) continue;
        found.push_back(*number);
    }
    std::sort(found.begin(), found.end());
    return found;
}

std::vector<Record> Registry::records() const {
    std::vector<Record> found;
    for (const std::uint64_t number : numbers()) {
        Record record = read_record_at(m_jobs.get(), number);
        // A folder that is being made at this moment, or was removed since we listed it.
        if (record.condition == Condition::damaged &&
            ::faccessat(m_jobs.get(), (std::to_string(number) + "/spec.json").c_str(), F_OK, 0) !=
                0 &&
            errno == ENOENT) {
            continue;
        }
        found.push_back(std::move(record));
    }
    return found;
}

Result<JobFolder> Registry::open_folder(std::uint64_t number) const {
    if (!m_jobs) return fail(Errc::no_such_job, "no job " + std::to_string(number));
    auto fd =
        sys::open_at(m_jobs.get(), std::to_string(number), O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
    if (!fd && fd.error().is_errno(ENOENT))
        return fail(Errc::no_such_job, "no job " + std::to_string(number));
    if (!fd) return fail(fd.error());
    return JobFolder{number, m_path + "/jobs/" + std::to_string(number), std::move(*fd)};
}

std::optional<std::uint64_t> Registry::latest() const {
    if (!m_jobs) return std::nullopt;
    if (const auto text = sys::read_file_at(m_root.get(), "next", 64)) {
        const auto next = parse_u64(trim(*text));
        const std::string newest = next ? std::to_string(*next - 1) : "";
        if (next && ::faccessat(m_jobs.get(), (newest + "/state.json").c_str(), F_OK, 0) == 0)
            return *next - 1;
    }
    const auto all = records();
    return all.empty() ? std::nullopt : std::optional(all.back().number);
}

std::optional<Record> Registry::by_name(const std::string& name) const {
    if (!m_jobs || name.find('/') != std::string::npos) return std::nullopt;
    const auto number = linked(name_link(name));
    if (!number) return std::nullopt;
    Record record = read_record_at(m_jobs.get(), *number);
    return record.name == name ? std::optional(std::move(record)) : std::nullopt;
}

Result<sys::UniqueFd> Registry::lock() const {
    auto fd = sys::open_at(m_root.get(), "lock", O_RDWR | O_CREAT);
    if (!fd) return fail(Error(fd.error()).within("the state directory"));
    // Where locks are not to be had, mkdir(2) still makes numbers unique; only names may then be
    // given twice.
    (void)sys::wait_lock(fd->get(), sys::LockMode::exclusive);
    return fd;
}

std::optional<std::uint64_t> Registry::linked(const std::string& link) const {
    std::array<char, 32> target{};
    const ssize_t length = ::readlinkat(m_root.get(), link.c_str(), target.data(), target.size());
    if (length <= 0) return std::nullopt;
    return parse_u64({target.data(), static_cast<std::size_t>(length)});
}

void Registry::set_link(const std::string& link, std::uint64_t number) const {
    const std::string target = std::to_string(number);
    ::unlinkat(m_root.get(), link.c_str(), 0);
    if (::symlinkat(target.c_str(), m_root.get(), link.c_str()) == 0 || errno != ENOENT) return;
    const std::string folder = link.substr(0, link.find('/'));
    ::mkdirat(m_root.get(), folder.c_str(), 0700);
    (void)!::symlinkat(target.c_str(), m_root.get(), link.c_str());
}

bool Registry::is_in_making(std::uint64_t number) const {
    const std::string folder = std::to_string(number);
    for (const char* name : {"/spec.json", "/state.json"}) {
        if (::faccessat(m_jobs.get(), (folder + name).c_str(), F_OK, 0) == 0) return false;
    }
    const auto lock = sys::open_at(m_jobs.get(), folder + "/lock", O_RDONLY | O_NONBLOCK);
    if (!lock) return false;
    const auto answer = sys::try_lock(lock->get(), sys::LockMode::shared);
    return answer && *answer == sys::LockAnswer::held_by_another;
}

bool Registry::name_is_taken(const std::string& name, std::uint64_t except) const {
    const auto holder = linked(name_link(name));
    if (!holder || *holder == except) return false;
    const Record record = read_record_at(m_jobs.get(), *holder);
    if (record.condition == Condition::damaged) {
        // Just being started: it has no state yet, but its folder is there; or adopted, then there
        // is not even a spec.
        if (::faccessat(m_jobs.get(), (std::to_string(*holder) + "/spec.json").c_str(), F_OK, 0) ==
            0)
            return true;
        return is_in_making(*holder);
    }
    return record.name == name && is_alive(record.condition);
}

Result<std::uint64_t> Registry::make_folder() {
    std::uint64_t number = 1;
    if (const auto text = sys::read_file_at(m_root.get(), "next", 64))
        number = parse_u64(trim(*text)).value_or(0);
    if (number > highest_number) number = 0;
    if (number == 0 || (number == 1 && !numbers().empty())) {
        const auto all = numbers();
        number = all.empty() ? 1 : all.back() + 1;
    }
    for (;; ++number) {
        if (::mkdirat(m_jobs.get(), std::to_string(number).c_str(), 0700) == 0) break;
        if (errno != EEXIST) return fail_errno("make a folder for the job in " + m_path);
    }
    // In place: on a full disk the old one is not lost.
    const std::string text = std::to_string(number + 1) + "\n";
    const auto next = sys::open_at(m_root.get(), "next", O_WRONLY | O_CREAT);
    if (next && sys::write_all(next->get(), text))
        (void)!::ftruncate(next->get(), static_cast<off_t>(text.size()));
    return number;
}

Result<Registry::Claim> Registry::claim(const std::string& wanted, const std::string& derived,
                                        const std::string& key) {
    if (key.size() > longest_key) {
        return fail(Errc::usage, "the key is too long", "a key has at most 200 bytes",
                    "use a shorter --key");
    }
    const sys::PrivateUmask umask;
    const auto held = lock();
    if (!held) return fail(held.error());
    if (!key.empty()) {
        if (const auto known = linked(key_link(key))) {
            if (auto folder = open_folder(*known)) return Claim{std::move(*folder), {}, true};
        }
    }
    std::string name = wanted.empty() ? derived : wanted;
    if (!wanted.empty() && name_is_taken(wanted, 0)) {
        return fail(Errc::refused, "a job called \"" + wanted + "\" is running",
                    "names of living jobs are unique",
                    "outlast attach " + wanted + ", or choose another name");
    }
    for (int suffix = 2; wanted.empty() && name_is_taken(name, 0); ++suffix) {
        name = derived + "-" + std::to_string(suffix);
    }
    const auto number = make_folder();
    if (!number) return fail(number.error());
    set_link(name_link(name), *number);
    if (!key.empty()) set_link(key_link(key), *number);
    auto folder = open_folder(*number);
    if (folder) return Claim{std::move(*folder), name, false};
    // Out of descriptors: nothing is in the folder yet.
    ::unlinkat(m_root.get(), name_link(name).c_str(), 0);
    if (!key.empty()) ::unlinkat(m_root.get(), key_link(key).c_str(), 0);
    ::unlinkat(m_jobs.get(), std::to_string(*number).c_str(), AT_REMOVEDIR);
    return fail(folder.error());
}

void Registry::withdraw(const Claim& claim, const std::string& key) {
    const sys::PrivateUmask umask;
    const auto held = lock();
    if (linked(name_link(claim.name)) == claim.folder.number)
        ::unlinkat(m_root.get(), name_link(claim.name).c_str(), 0);
    if (!key.empty() && linked(key_link(key)) == claim.folder.number)
        ::unlinkat(m_root.get(), key_link(key).c_str(), 0);
    const std::string folder = std::to_string(claim.folder.number);
    if (sys::remove_tree_at(m_jobs.get(), folder)) return;
    // Out of descriptors, so that the folder cannot be listed: by name, which takes none.
    for (const char* name :
         {"spec.json", "spec.json.new", "state.json", "state.json.new", "state.json.spare", "log",
          "live", "timeline", "events.jsonl", "lock", "log.stderr", "live.stderr"})
        ::unlinkat(claim.folder.fd.get(), name, 0);
    ::unlinkat(m_jobs.get(), folder.c_str(), AT_REMOVEDIR);
}

Result<> Registry::assign_name(std::uint64_t number, const std::string& name) {
    const sys::PrivateUmask umask;
    const auto held = lock();
    if (!held) return fail(held.error());
    if (name_is_taken(name, number)) {
        return fail(Errc::refused, "a job called \"" + name + "\" is running",
                    "names of living jobs are unique", "choose another name");
    }
    set_link(name_link(name), number);
    return {};
}

Result<> Registry::remove(std::uint64_t number) {
    const Record record = read_record_at(m_jobs.get(), number);
    const auto held = lock();
    if (linked(name_link(record.name)) == number)
        ::unlinkat(m_root.get(), name_link(record.name).c_str(), 0);
    // Keys are few; a link to a folder that is gone is also simply ignored.
    if (const auto keys = sys::list_directory_at(m_root.get(), "keys")) {
        for (const std::string& key : *keys) {
            if (linked("keys/" + key) == number)
                ::unlinkat(m_root.get(), ("keys/" + key).c_str(), 0);
        }
    }
    return sys::remove_tree_at(m_jobs.get(), std::to_string(number));
}

} // namespace outlast::job
