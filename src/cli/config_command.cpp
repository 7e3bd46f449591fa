// outlast config: what is configured, and where.
#include "base/json_writer.hpp"
#include "base/text.hpp"
#include "cli/commands.hpp"
#include "cli/config.hpp"
#include "sys/file.hpp"

#include <algorithm>
#include <unistd.h>

namespace outlast::cli {
namespace {

void print_json(const Output& output) {
    const std::string path = config_path();
    JsonWriter json;
    json.begin_object().member("schema_version", 1).member("path", path);
    json.member("exists", sys::exists(path)).key("settings").begin_array();
    for (const Setting& each : settings()) {
        json.begin_object().member("key", each.key).member("value", each.value);
        json.member("source", each.source).end_object();
    }
    output.print_line(json.end_array().end_object().text());
}

void print_table(const Output& output) {
    const std::string path = config_path();
    const bool exists = sys::exists(path);
    output.print_line("# " +
                      (path.empty() ? "no home directory, so no file" : printable_line(path)) +
                      (exists || path.empty() ? "" : " (it does not exist)"));
    for (const Setting& each : settings()) {
        const bool number = parse_u64(each.value).has_value();
        // A literal string of TOML: a backslash in it is a backslash.
        std::string line =
            each.key + " = " + (number ? each.value : "'" + printable_line(each.value) + "'");
        line.append(line.size() < 24 ? 24 - line.size() : 1, ' ');
        const bool changed = each.source != "default";
        output.print_line(line + output.styled(changed ? Style::bold : Style::dim,
                                               "# " + printable_line(each.source)));
    }
}

Result<int> config(const Arguments& arguments, Output& output) {
    const auto& words = arguments.operands();
    if (words.size() > 1)
        return fail(Errc::usage, "outlast config takes one key at most", {}, "outlast config");
    if (!words.empty()) {
        const auto all = settings();
        const auto found = std::find_if(all.begin(), all.end(),
                                        [&](const Setting& each) { return each.key == words[0]; });
        if (found == all.end()) {
            return fail(Errc::usage, "there is no setting \"" + printable_line(words[0]) + "\"", {},
                        "outlast config shows all");
        }
        if (!output.json) {
            output.print_line(printable_line(found->value));
            return 0;
        }
    }
    if (output.json) print_json(output);
    else print_table(output);
    return 0;
}

} // namespace

const Command config_command_table{
    "config",
    {},
    "SET UP",
    "Show the configuration, and where each value is from.",
    "[KEY]",
    "  outlast config            all; what it prints is a valid config.toml\n"
    "  outlast config log_max    one\n",
    {},
    Operands::anywhere,
    false,
    config};

} // namespace outlast::cli
