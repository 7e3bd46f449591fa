// A job's record as JSON members, the same in every command.
#pragma once

#include "base/json_writer.hpp"
#include "job/record.hpp"

namespace outlast::cli {

/// Into an open object: number, id, name, state, description, ended, command, directory, times,
/// processes, fate.
void put_job(JsonWriter& json, const job::Record& record);

/// `NAME` as RFC 3339 text and `NAME_ns`; both null when the moment is not known (0).
void put_moment(JsonWriter& json, const std::string& name, Nanoseconds moment);

} // namespace outlast::cli
