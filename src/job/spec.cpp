// The spec and its form on disk.
#include "job/spec.hpp"

#include "base/json_writer.hpp"
#include "base/text.hpp"
#include "job/json_text.hpp"

#include <algorithm>
#include <array>
#include <cctype>

namespace outlast::job {
namespace {

void put_list(JsonWriter& json, const char* name, const std::vector<std::string>& list) {
    json.key(name).begin_array();
    for (const std::string& entry : list) json.string(entry);
    json.end_array();
}

/// Words that run another command, whose name is the one that matters.
constexpr std::array<std::string_view, 10> wrappers{"sudo",  "env",  "nice",   "ionice", "time",
                                                    "nohup", "exec", "stdbuf", "setsid", "doas"};
constexpr std::array<std::string_view, 11> interpreters{
    "python", "python3", "bash", "sh", "zsh", "perl", "ruby", "node", "php", "java", "Rscript"};

template <std::size_t N>
bool is_one_of(std::string_view word, const std::array<std::string_view, N>& list) {
    return std::find(list.begin(), list.end(), word) != list.end();
}

std::string_view base_name(std::string_view path) {
    const std::size_t slash = path.rfind('/');
    return slash == std::string_view::npos ? path : path.substr(slash + 1);
}

std::string_view without_extension(std::string_view name) {
    const std::size_t dot = name.rfind('.');
    return dot == std::string_view::npos || dot == 0 ? name : name.substr(0, dot);
}

bool is_assignment(std::string_view word) {
    const std::size_t equals = word.find('=');
    return equals != std::string_view::npos && word.find('/') > equals;
}

} // namespace

std::string render_spec(const Spec& spec) {
    JsonWriter json;
    json.begin_object().member("schema_version", 1);
    put_list(json, "command", spec.command);
    put_list(json, "arguments", spec.arguments);
    json.member("directory", spec.directory);
    json.member("terminal", spec.terminal).member("keeps_log", spec.keeps_log);
    json.member("separate_stderr", spec.separate_stderr).member("log_max", spec.log_max);
    json.member("timeout_ns", spec.timeout).member("stop_signal", spec.stop_signal);
    json.member("stop_grace_ns", spec.stop_grace);
    put_list(json, "tags", spec.tags);
    json.member("key", spec.key).member("pinned_size", spec.pinned_size);
    json.member("rows", static_cast<unsigned>(spec.rows))
        .member("columns", static_cast<unsigned>(spec.columns));
    json.member("input", spec.input).member("nice", spec.nice);
    if (!spec.stable_paths.empty()) put_list(json, "stable_paths", spec.stable_paths);
    if (spec.hold_agent) json.member("hold_agent", true);
    put_list(json, "environment", spec.environment);
    json.end_object();
    return json.take() + "\n";
}

Result<Spec> parse_spec(const std::string& text) {
    const auto json = nlohmann::json::parse(text, nullptr, false);
    if (!json.is_object()) return fail(Errc::damaged, "spec.json is damaged");
    Spec spec;
    spec.command = text_list_member(json, "command");
    spec.arguments = text_list_member(json, "arguments");
    if (spec.arguments.empty()) return fail(Errc::damaged, "spec.json names no command");
    spec.directory = text_member(json, "directory");
    spec.terminal = bool_member(json, "terminal");
    spec.keeps_log = bool_member(json, "keeps_log", true);
    spec.separate_stderr = bool_member(json, "separate_stderr");
    spec.log_max = unsigned_member(json, "log_max", Spec::default_log_max);
    spec.timeout = int_member(json, "timeout_ns");
    spec.stop_signal = static_cast<int>(int_member(json, "stop_signal", 15));
    spec.stop_grace = int_member(json, "stop_grace_ns", 10 * ns_per_second);
    spec.tags = text_list_member(json, "tags");
    spec.key = text_member(json, "key");
    spec.pinned_size = bool_member(json, "pinned_size");
    spec.rows = static_cast<std::uint16_t>(unsigned_member(json, "rows"));
    spec.columns = static_cast<std::uint16_t>(unsigned_member(json, "columns"));
    spec.input = text_member(json, "input");
    spec.nice = static_cast<int>(int_member(json, "nice"));
    spec.stable_paths = text_list_member(json, "stable_paths");
    spec.hold_agent = bool_member(json, "hold_agent");
    spec.environment = text_list_member(json, "environment");
    return spec;
}

std::string command_line(const std::vector<std::string>& words, std::size_t limit) {
    // One word with blanks was given to a shell: it is shown as it was typed.
    if (words.size() == 1 && words[0].size() <= limit && is_utf8(words[0])) return words[0];
    std::string line;
    for (const std::string& word : words) {
        if (!line.empty()) line += ' ';
        line += shell_quote(word);
        if (line.size() > limit) break;
    }
    std::string valid;
    for (std::string_view rest = line; !rest.empty() && valid.size() < limit;) {
        const std::size_t length = utf8_sequence_length(rest);
        valid += length > 0 ? rest.substr(0, length) : std::string_view("\xEF\xBF\xBD");
        rest.remove_prefix(std::max<std::size_t>(1, length));
    }
    return valid;
}

std::string derive_name(const std::vector<std::string>& words) {
    std::vector<std::string_view> parts;
    for (const std::string& word : words) {
        for (const std::string_view part : split(word, ' ')) {
            if (!part.empty()) parts.push_back(part);
        }
    }
    // A login shell has a '-' in front of its name (login(1)).
    if (!parts.empty() && parts[0].starts_with('-')) parts[0].remove_prefix(1);
    std::string_view chosen = "job";
    bool interpreter = false;
    for (const std::string_view part : parts) {
        if (interpreter && part == "-c") break; // a script on the command line has no name
        const std::string_view base = base_name(part);
        if (part.starts_with('-') || is_assignment(part) || is_one_of(base, wrappers)) continue;
        chosen = interpreter ? without_extension(base) : base;
        if (interpreter || !is_one_of(base, interpreters)) break;
        interpreter = true;
    }
    if (!interpreter) {
        for (const std::string_view ending : {".sh", ".py", ".pl", ".rb", ".bash"}) {
            if (chosen.ends_with(ending) && chosen.size() > ending.size())
                chosen.remove_suffix(ending.size());
        }
    }
    std::string name;
    constexpr std::size_t longest = 32;
    for (const char sign : chosen.substr(0, longest)) {
        const auto byte = static_cast<unsigned char>(sign);
        if (std::isalnum(byte) != 0) name += static_cast<char>(std::tolower(byte));
        else if (!name.empty() && (sign == '-' || sign == '_' || sign == '.')) name += sign;
    }
    const bool digits = std::all_of(name.begin(), name.end(), [](char c) {
        return std::isdigit(static_cast<unsigned char>(c)) != 0;
    });
    return digits ? "job" : name;
}

Result<> check_name(const std::string& name) {
    constexpr std::size_t longest = 64;
    const auto good = [](char sign) {
        return std::isalnum(static_cast<unsigned char>(sign)) != 0 || sign == '-' || sign == '_' ||
               sign == '.';
    };
    const bool fits = !name.empty() && name.size() <= longest && name[0] != '-' && name[0] != '.' &&
                      std::all_of(name.begin(), name.end(), good) && !parse_u64(name);
    if (fits) return {};
    return fail(Errc::usage, "\"" + printable_line(name) + "\" cannot be a job's name",
                "a name has 1 to 64 letters, digits, '-', '_' and '.', starts with none of '-' and "
                "'.', and is no number",
                "choose another one with -n NAME");
}

} // namespace outlast::job
