// Reading JSON members that may be missing or of another type.
#pragma once

#include <nlohmann/json.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace outlast::job {

/// A string, also one written as {"base64":"…"}; empty when it is neither.
[[nodiscard]] std::string text_member(const nlohmann::json& object, const char* name);
[[nodiscard]] std::int64_t int_member(const nlohmann::json& object, const char* name,
                                      std::int64_t otherwise = 0);
[[nodiscard]] std::uint64_t unsigned_member(const nlohmann::json& object, const char* name,
                                            std::uint64_t otherwise = 0);
[[nodiscard]] bool bool_member(const nlohmann::json& object, const char* name,
                               bool otherwise = false);
[[nodiscard]] std::vector<std::string> text_list_member(const nlohmann::json& object,
                                                        const char* name);

} // namespace outlast::job
