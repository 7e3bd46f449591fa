// Stops several jobs at the same time.
#include "attach/stop_round.hpp"

#include "job/spec.hpp"
#include "sys/clock.hpp"
#include "sys/file.hpp"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <limits>
#include <poll.h>
#include <unistd.h>

namespace outlast::attach {
namespace {

using How = StopOutcome::How;

Nanoseconds grace_of(const job::JobFolder& folder) {
    const auto text = sys::read_file_at(folder.fd.get(), "spec.json", std::size_t{16} << 20);
    const auto spec = text ? job::parse_spec(*text) : fail(text.error());
    return spec ? spec->stop_grace : job::Spec().stop_grace;
}

} // namespace

Result<> StopRound::ask(const Stopping& job, const job::Record& record) const {
    wire::Stop stop;
    stop.signal = m_order.signal;
    stop.grace_ms = m_order.grace < 0 ? -1 : m_order.grace / ns_per_ms;
    stop.by = m_order.by;
    // A keeper that is killed while it serves us is there again in a moment: ask once more. The
    // second request changes nothing if the first one was served.
    for (int attempt = 0;; ++attempt) {
        auto connection = job::KeeperConnection::connect(job.folder, record);
        if (!connection) return fail(connection.error());
        auto done = connection->request(wire::to_frame(stop));
        const bool keeper_went =
            !done && done.error().code.category() == std::generic_category() && attempt == 0;
        if (!keeper_went) return done;
    }
}

void StopRound::add(const job::Registry& registry, const job::Record& record,
                    const Report& report) {
    auto folder = registry.open_folder(record.number);
    if (!folder) return report({How::failed, record, folder.error(), 0});
    auto job = std::make_unique<Stopping>();
    job->folder = std::move(*folder);
    if (record.fate) {
        job->ended = record;
        return add_ended(std::move(job), report);
    }
    job->link = std::make_unique<JobLink>(job->folder, record);
    auto opened = job->link->open(std::nullopt);
    if (!opened) return report({How::failed, record, opened.error(), 0});
    if (job->link->end()) return report({How::already_ended, job->link->record(), {}, 0});
    if (auto asked = ask(*job, record); !asked) {
        const job::Record now = job::read_record(job->folder);
        if (now.fate) return report({How::already_ended, now, {}, 0});
        return report({How::failed, record, asked.error(), 0});
    }
    const Nanoseconds grace = m_order.grace >= 0 ? m_order.grace : grace_of(job->folder);
    job->kill_at = sys::boottime_now() + grace;
    m_jobs.push_back(std::move(job));
}

void StopRound::add_ended(std::unique_ptr<Stopping> job, const Report& report) {
    const int signal = m_order.signal != 0 ? m_order.signal : SIGTERM;
    const Nanoseconds grace = m_order.grace >= 0 ? m_order.grace : grace_of(job->folder);
    job->leftovers = std::make_unique<LeftoverStop>(job->folder, job->ended, signal, grace);
    if (job->leftovers->count() == 0) return report({How::already_ended, job->ended, {}, 0});
    m_jobs.push_back(std::move(job));
}

bool StopRound::is_over(Stopping& job, const Report& report) {
    if (job.leftovers) {
        const auto state = job.leftovers->look();
        if (state == LeftoverStop::State::waiting) return false;
        const bool gone = state == LeftoverStop::State::gone;
        report({gone ? How::tidied : How::survived, job.ended, {}, job.leftovers->count()});
        return true;
    }
    JobLink& link = *job.link;
    if (!link.end()) {
        if (auto served = link.on_readable(); !served) {
            report({How::failed, link.record(), served.error(), 0});
            return true;
        }
        if (!link.end()) return false;
        job.give_up = std::max(job.kill_at, sys::boottime_now()) + patience_after_kill;
    }
    // The command has ended; the keeper stays for as long as it has somebody left to end.
    while (link.connection() != nullptr) {
        const auto frame = link.connection()->receive(0);
        if (!frame) break;
        if (*frame) continue;
        if (sys::boottime_now() < job.give_up) return false;
        report({How::survived, job::read_record(job.folder), {}, 0});
        return true;
    }
    report({How::stopped, job::read_record(job.folder), {}, 0});
    return true;
}

bool StopRound::wait(int signal_fd, const Report& report) {
    for (;;) {
        std::erase_if(m_jobs, [&](const auto& job) { return is_over(*job, report); });
        if (m_jobs.empty()) return true;
        std::vector<pollfd> watch{{signal_fd, POLLIN, 0}};
        Nanoseconds deadline = std::numeric_limits<Nanoseconds>::max();
        for (const auto& job : m_jobs) {
            if (job->leftovers) {
                job->leftovers->add_to(watch, deadline);
                continue;
            }
            watch.push_back({job->link->fd(), POLLIN, 0});
            if (job->give_up != 0) deadline = std::min(deadline, job->give_up);
        }
        (void)::poll(watch.data(), watch.size(), sys::poll_timeout(deadline));
        if (watch[0].revents != 0) return false;
    }
}

std::vector<job::Record> StopRound::pending() const {
    std::vector<job::Record> records;
    records.reserve(m_jobs.size());
    for (const auto& job : m_jobs) records.push_back(job->link ? job->link->record() : job->ended);
    return records;
}

std::string asked_by(const std::string& command) {
    return "outlast " + command + " (uid " + std::to_string(::getuid()) + ", pid " +
           std::to_string(::getpid()) + ")";
}

} // namespace outlast::attach
