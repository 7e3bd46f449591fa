// Reads config.toml. The only file that sees the TOML library.
#include "base/text.hpp"
#include "cli/config.hpp"

#include <algorithm>
#include <optional>
#include <toml++/toml.h>
#include <vector>

namespace outlast::cli {
namespace {

const KnownKey* find_key(std::string_view name) {
    for (const KnownKey& key : known_keys()) {
        if (name == key.name) return &key;
    }
    return nullptr;
}

std::string place(const std::string& path, std::uint64_t line) {
    return printable_line(path) + ":" + std::to_string(line);
}

std::string unknown(const std::string& name) {
    std::string nearest;
    std::size_t best = 3;
    for (const KnownKey& key : known_keys()) {
        const std::size_t distance = edit_distance(key.name, name);
        if (distance >= best) continue;
        best = distance;
        nearest = key.name;
    }
    return "there is no setting \"" + printable_line(name) + "\"" +
           (nearest.empty() ? "" : "; did you mean " + nearest + "?");
}

/// Strings as they are; a bare number stands for itself (bytes, seconds, days), true and false too.
std::optional<std::string> text_of(const toml::node& node) {
    if (const auto* text = node.as_string()) return text->get();
    if (const auto* number = node.as_integer()) return std::to_string(number->get());
    if (const auto* truth = node.as_boolean()) return truth->get() ? "true" : "false";
    return std::nullopt;
}

struct Entry {
    std::string name;
    const toml::node* node;
};

/// A table is sorted by name; people read their file from top to bottom.
std::vector<Entry> in_order(const toml::table& table) {
    std::vector<Entry> entries;
    for (const auto& [name, node] : table) entries.push_back({std::string(name.str()), &node});
    std::stable_sort(entries.begin(), entries.end(), [](const Entry& a, const Entry& b) {
        return a.node->source().begin.line < b.node->source().begin.line;
    });
    return entries;
}

} // namespace

ParsedConfig parse_config(const std::string& text, const std::string& path) {
    ParsedConfig parsed;
    const toml::parse_result result = toml::parse(std::string_view(text));
    if (!result) {
        parsed.warnings.push_back(place(path, result.error().source().begin.line) + ": " +
                                  printable_line(result.error().description()) +
                                  "; the file is left out");
        return parsed;
    }
    for (const auto& [name, node] : in_order(result.table())) {
        const std::string where = place(path, node->source().begin.line);
        const KnownKey* key = find_key(name);
        if (key == nullptr) {
            parsed.warnings.push_back(where + ": " + unknown(name));
            continue;
        }
        const auto value = text_of(*node);
        if (value && key->is_good(*value)) {
            parsed.settings.push_back({key->name, *value, where});
            continue;
        }
        parsed.warnings.push_back(where + ": " + key->name + " must be " + key->wanted +
                                  "; it is left out");
    }
    return parsed;
}

} // namespace outlast::cli
