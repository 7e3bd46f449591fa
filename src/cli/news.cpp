// What happened to a user's jobs since a moment.
#include "cli/news.hpp"

#include "base/text.hpp"
#include "sys/process_info.hpp"

#include <algorithm>
#include <ranges>

namespace outlast::cli {
namespace {

using job::Condition;

bool is_news(const job::Record& record, std::optional<Nanoseconds> since) {
    if (record.condition == Condition::damaged || job::is_alive(record.condition)) return true;
    if (!since || !record.fate) return true;
    // A job lost in a reboot ended at its last sign of life, which may be before the last look;
    // that it is lost is news only since the machine is back.
    if (record.fate->cause == "reboot" && sys::boot_moment() > *since) return true;
    return std::max(record.fate->ended, record.started) > *since;
}

void count(const job::Record& record, News& news) {
    if (record.condition == Condition::damaged) ++news.damaged;
    else if (record.condition == Condition::needs_input) ++news.needs_input;
    else if (job::is_alive(record.condition)) ++news.running;
    else if (record.condition == Condition::ok) ++news.done;
    else ++news.failed;
}

void add(std::string& text, std::size_t count, const char* words) {
    if (count == 0) return;
    if (!text.empty()) text += ", ";
    text += std::to_string(count) + " " + words;
}

std::string name_of(const job::Record& record, const std::vector<job::Record>& all) {
    const auto same = std::count_if(
        all.begin(), all.end(), [&](const job::Record& each) { return each.name == record.name; });
    return same > 1 ? std::to_string(record.number) : shell_quote(printable_line(record.name));
}

} // namespace

News gather_news(std::vector<job::Record> records, std::optional<Nanoseconds> since,
                 std::size_t most) {
    News news;
    for (job::Record& record : records) {
        if (!is_news(record, since)) continue;
        count(record, news);
        news.jobs.push_back(std::move(record));
    }
    if (news.jobs.size() <= most) return news;
    news.left_out = std::min(news.jobs.size() - most, news.done);
    std::size_t drop = news.left_out;
    std::erase_if(news.jobs, [&drop](const job::Record& record) {
        if (drop == 0 || record.condition != Condition::ok) return false;
        --drop;
        return true;
    });
    return news;
}

std::string summarize(const News& news) {
    std::string text;
    add(text, news.done, "done");
    add(text, news.failed, "failed");
    add(text, news.running, "running");
    add(text, news.needs_input, news.needs_input == 1 ? "needs you" : "need you");
    add(text, news.damaged, "damaged");
    return text;
}

std::vector<std::string> suggestions(const News& news) {
    constexpr std::size_t most = 3;
    std::vector<std::string> found;
    const auto suggest = [&](const char* verb, auto applies) {
        for (const job::Record& record : std::views::reverse(news.jobs)) {
            if (found.size() >= most || !applies(record)) continue;
            // A damaged job has no name.
            const std::string job = record.condition == Condition::damaged
                                        ? std::to_string(record.number)
                                        : name_of(record, news.jobs);
            found.push_back(std::string("outlast ") + verb + " " + job);
            return;
        }
    };
    suggest("attach", [](const job::Record& r) { return r.condition == Condition::needs_input; });
    suggest("logs", [](const job::Record& r) {
        return r.fate && r.condition != Condition::ok && r.fate->cause != "stopped";
    });
    suggest("status", [](const job::Record& r) { return r.condition == Condition::damaged; });
    if (!found.empty()) return found;
    suggest("attach", [](const job::Record& r) {
        return job::is_alive(r.condition) && r.here && r.terminal;
    });
    suggest("logs -f", [](const job::Record& r) {
        return job::is_alive(r.condition) && r.here && !r.terminal;
    });
    return found;
}

} // namespace outlast::cli
