// Reads events.jsonl of one job or of many.
#include "job/event_log.hpp"

#include "base/json_writer.hpp"
#include "base/text.hpp"
#include "job/json_text.hpp"
#include "sys/file.hpp"

namespace outlast::job {
namespace {

constexpr std::size_t step = 4096;
constexpr std::size_t longest_line = std::size_t{64} << 10;

std::optional<Event> parse_event(std::uint64_t number, const std::string& line) {
    Event event;
    event.job = number;
    event.members = nlohmann::json::parse(line, nullptr, false);
    if (!event.members.is_object()) return std::nullopt;
    event.time = int_member(event.members, "time_ns");
    event.run = static_cast<std::uint32_t>(unsigned_member(event.members, "run"));
    event.kind = text_member(event.members, "event");
    if (event.time <= 0 || event.kind.empty()) return std::nullopt;
    return event;
}

Fate fate_of(const nlohmann::json& members) {
    Fate fate;
    const std::string kind = text_member(members, "kind");
    if (kind == "exited") fate.kind = Fate::Kind::exited;
    else if (kind == "signaled") fate.kind = Fate::Kind::signaled;
    else if (kind == "lost") fate.kind = Fate::Kind::lost;
    fate.code = static_cast<int>(int_member(members, "code"));
    fate.signal = static_cast<int>(int_member(members, "signal"));
    fate.core = bool_member(members, "core");
    fate.cause = text_member(members, "cause");
    fate.evidence = text_member(members, "evidence");
    fate.why = text_member(members, "why");
    return fate;
}

bool is_heading(const std::string& name) {
    return name == "time_ns" || name == "run" || name == "event";
}

/// For kinds that a later version has added: what it says, as it says it.
std::string other_members(const nlohmann::json& members) {
    std::string text;
    for (const auto& [name, value] : members.items()) {
        if (is_heading(name)) continue;
        text += text.empty() ? ": " : ", ";
        text += name + " " +
                (value.is_string()
                     ? value.get<std::string>()
                     : value.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
    }
    return text;
}

std::string with(const Event& event, const char* lead, const char* member) {
    const auto found = event.members.find(member);
    if (found == event.members.end() || found->is_null()) return {};
    return lead + (found->is_number_integer() ? std::to_string(found->get<std::int64_t>())
                                              : text_member(event.members, member));
}

} // namespace

bool EventFile::fill() {
    const auto fd = sys::open_at(m_jobs, std::to_string(m_number) + "/events.jsonl",
                                 O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
    if (!fd) return false;
    const std::size_t before = m_buffer.size();
    m_buffer.resize(before + step);
    const auto have = sys::read_at(fd->get(), m_buffer.data() + before, step, m_offset);
    m_buffer.resize(before + (have ? *have : 0));
    m_offset += m_buffer.size() - before;
    return m_buffer.size() > before;
}

std::optional<std::string> EventFile::next_line() {
    std::size_t searched = 0;
    for (;;) {
        const std::size_t end = m_buffer.find('\n', searched);
        if (end != std::string::npos) {
            std::string line = m_buffer.substr(0, end);
            m_buffer.erase(0, end + 1);
            if (!std::exchange(m_skipping, false)) return line;
            searched = 0;
            continue;
        }
        if (m_buffer.size() > longest_line) {
            if (!m_skipping) ++m_damaged;
            m_skipping = true;
        }
        if (m_skipping) m_buffer.clear();
        searched = m_buffer.size();
        if (!fill()) return std::nullopt;
    }
}

std::optional<Event> EventFile::next() {
    while (const auto line = next_line()) {
        if (auto event = parse_event(m_number, *line)) return event;
        ++m_damaged;
    }
    return std::nullopt;
}

void EventMerge::advance(Source& source) {
    auto event = source.file.next();
    source.queued = event.has_value();
    if (event) m_heads.push(std::move(*event));
    if (const std::uint64_t damaged = source.file.take_damaged(); damaged > 0)
        m_damaged[source.file.number()] += damaged;
}

void EventMerge::add(std::uint64_t number) {
    const auto [entry, fresh] =
        m_files.try_emplace(number, Source{EventFile(m_jobs, number), false});
    if (fresh) advance(entry->second);
}

void EventMerge::look_again(std::uint64_t number) {
    const auto entry = m_files.find(number);
    if (entry != m_files.end() && !entry->second.queued) advance(entry->second);
}

std::optional<Event> EventMerge::next() {
    if (m_heads.empty()) return std::nullopt;
    Event event = m_heads.top();
    m_heads.pop();
    advance(m_files.at(event.job));
    return event;
}

std::map<std::uint64_t, std::uint64_t> EventMerge::take_damaged() {
    return std::exchange(m_damaged, {});
}

std::string describe_event(const Event& event) {
    const std::string& kind = event.kind;
    std::string text;
    if (kind == "started") {
        text = event.run > 1 ? "started, run " + std::to_string(event.run) : "started";
        text += with(event, ", pid ", "pid");
    } else if (kind == "ended") {
        text = "ended: " + describe_fate(fate_of(event.members));
    } else if (kind == "attached" || kind == "detached") {
        text = "viewer " + kind + with(event, ", pid ", "pid");
    } else if (kind == "stopping") {
        text = "stopping" + with(event, ", asked by ", "by");
    } else if (kind == "title" || kind == "directory") {
        text = kind + with(event, " ", kind.c_str());
    } else if (kind == "bell") {
        text = "bell" + with(event, ", times ", "times");
    } else if (kind == "notification") {
        text = "notification:" + with(event, " ", "title") + with(event, " ", "body");
    } else if (kind == "command-ended") {
        text = "a command ended" + with(event, " with ", "code");
    } else if (kind == "renamed") {
        text = "renamed" + with(event, " to ", "name");
    } else if (kind == "keeper-started-anew") {
        text = "its keeper was started anew";
    } else {
        text = kind + other_members(event.members);
    }
    return printable_line(text);
}

std::string event_json(const Event& event, const std::string& name) {
    JsonWriter json;
    json.begin_object().member("schema_version", 1).member("job", event.job).member("name", name);
    json.member("time", format_rfc3339(event.time)).member("time_ns", event.time);
    json.member("run", event.run).member("event", event.kind);
    for (const auto& [key, value] : event.members.items()) {
        if (is_heading(key)) continue;
        // "renamed" has a name of its own, the new one.
        json.key(key == "name" || key == "job" ? "new_" + key : key)
            .raw(value.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
    }
    return json.end_object().take();
}

} // namespace outlast::job
