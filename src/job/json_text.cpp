// Reading JSON members that may be missing or of another type.
#include "job/json_text.hpp"

#include "base/text.hpp"

namespace outlast::job {
namespace {

std::string text_of(const nlohmann::json& value) {
    if (value.is_string()) return value.get<std::string>();
    if (!value.is_object()) return {};
    const auto found = value.find("base64");
    if (found == value.end() || !found->is_string()) return {};
    return base64_decode(found->get<std::string>()).value_or("");
}

} // namespace

std::string text_member(const nlohmann::json& object, const char* name) {
    const auto found = object.find(name);
    return found == object.end() ? std::string() : text_of(*found);
}

std::int64_t int_member(const nlohmann::json& object, const char* name, std::int64_t otherwise) {
    const auto found = object.find(name);
    return found != object.end() && found->is_number_integer() ? found->get<std::int64_t>()
                                                               : otherwise;
}

std::uint64_t unsigned_member(const nlohmann::json& object, const char* name,
                              std::uint64_t otherwise) {
    const auto found = object.find(name);
    return found != object.end() && found->is_number_integer() ? found->get<std::uint64_t>()
                                                               : otherwise;
}

bool bool_member(const nlohmann::json& object, const char* name, bool otherwise) {
    const auto found = object.find(name);
    return found != object.end() && found->is_boolean() ? found->get<bool>() : otherwise;
}

std::vector<std::string> text_list_member(const nlohmann::json& object, const char* name) {
    std::vector<std::string> list;
    const auto found = object.find(name);
    if (found == object.end() || !found->is_array()) return list;
    for (const auto& entry : *found) list.push_back(text_of(entry));
    return list;
}

} // namespace outlast::job
