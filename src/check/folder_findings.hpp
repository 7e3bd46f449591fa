// Whether the folders for jobs and sockets can do what they have to.
#pragma once

#include "check/finding.hpp"

#include <string>

namespace outlast::sys {
struct FileSystem;
}

namespace outlast::check {

/// What the kind of file system means for jobs kept at `path`, and how much room is left: pure, so
/// that it can be tried without having one of each.
[[nodiscard]] Findings judge_file_system(const sys::FileSystem& system, const std::string& path);

/// The state directory (or where it would be made) and that of the sockets. Files are made for a
/// moment to try locks, and the directory for sockets as `run` would make it.
[[nodiscard]] Findings find_folder_risks();

} // namespace outlast::check
