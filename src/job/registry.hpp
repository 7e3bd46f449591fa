// All jobs of one user: their folders, numbers, names, and how a selector finds them.
#pragma once

#include "job/record.hpp"

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace outlast::job {

/// The state directory. The folders under `jobs` are the truth; `next`, `names` and `keys` are
/// indexes that only make things fast and can be deleted.
class Registry {
public:
    /// Makes the directory when `create` is set; without it a missing one is an empty registry.
    enum class Missing { create, empty };
    [[nodiscard]] static Result<Registry> open(Missing missing);

    /// The one at `path`, which was open before; whatever the environment says now.
    [[nodiscard]] static Result<Registry> open_again(const std::string& path);

    [[nodiscard]] const std::string& path() const noexcept { return m_path; }
    /// -1 when the directory is missing.
    [[nodiscard]] int jobs_fd() const noexcept { return m_jobs.get(); }

    /// Numbers of all jobs, ascending.
    [[nodiscard]] std::vector<std::uint64_t> numbers() const;
    /// Records of all jobs, ascending by number; damaged ones among them.
    [[nodiscard]] std::vector<Record> records() const;
    [[nodiscard]] Result<JobFolder> open_folder(std::uint64_t number) const;
    [[nodiscard]] std::optional<std::uint64_t> latest() const;
    /// The job that was given `name` last, through the index; nothing when the index does not know
    /// it.
    [[nodiscard]] std::optional<Record> by_name(const std::string& name) const;

    /// An adoption that has begun: its folder is there and held, and there is no job yet.
    [[nodiscard]] bool is_in_making(std::uint64_t number) const;

    struct Claim {
        JobFolder folder;
        std::string name;
        bool existing = false; ///< the key is known: this job is there already
    };
    /// A new folder with the next number and a name: `wanted` when given (refused while a living
    /// job has it), else one made from `derived`: the name itself, or with -2, -3 … while living
    /// jobs have the earlier ones. With a key that an existing job has, that job is returned
    /// instead.
    [[nodiscard]] Result<Claim> claim(const std::string& wanted, const std::string& derived,
                                      const std::string& key);
    /// Takes a claim back: the job never started.
    void withdraw(const Claim& claim, const std::string& key);
    /// Gives `number` the name; refused while another living job has it.
    [[nodiscard]] Result<> assign_name(std::uint64_t number, const std::string& name);
    /// Removes the folder of a job that has ended, and its names.
    [[nodiscard]] Result<> remove(std::uint64_t number);

private:
    Registry(std::string path, sys::UniqueFd root, sys::UniqueFd jobs)
        : m_path(std::move(path)), m_root(std::move(root)), m_jobs(std::move(jobs)) {}

    [[nodiscard]] Result<sys::UniqueFd> lock() const;
    [[nodiscard]] Result<std::uint64_t> make_folder();
    [[nodiscard]] std::optional<std::uint64_t> linked(const std::string& link) const;
    void set_link(const std::string& link, std::uint64_t number) const;
    [[nodiscard]] bool name_is_taken(const std::string& name, std::uint64_t except) const;

    std::string m_path;
    sys::UniqueFd m_root;
    sys::UniqueFd m_jobs;
};

} // namespace outlast::job
