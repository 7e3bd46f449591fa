// state.json and events.jsonl, as the keeper writes them (docs/on-disk-format.md).
#pragma once

#include "base/json_writer.hpp"
#include "sys/file.hpp"
#include "twin/shared_state.hpp"

#include <functional>
#include <string_view>

namespace outlast::keeper {

/// The text of state.json.
[[nodiscard]] std::string render_state(const twin::SharedState& state);
[[nodiscard]] Result<> write_state(const twin::SharedState& state, sys::Durability durability);

/// The same with the fate: fsynced, and on a full disk by way of the spare (twin/spare_file.hpp).
[[nodiscard]] Result<> write_fate(const twin::SharedState& state);

/// Appends {"time":…,"run":…,"event":KIND, and what `more` adds} to events.jsonl. Best effort: an
/// event that cannot be written is lost, the job goes on.
void append_event(const twin::SharedState& state, std::string_view kind,
                  const std::function<void(JsonWriter&)>& more = {});

/// How the end of an adopted command becomes known: "kernel", "tracer", "parent", "unknown".
[[nodiscard]] std::string_view exit_knowledge_name(const twin::SharedState& state) noexcept;

/// The members of the fate, into an open object; used for state.json and the "ended" event alike.
void put_fate(const twin::SharedState& state, JsonWriter& json);

} // namespace outlast::keeper
