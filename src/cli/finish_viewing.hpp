// What `run` and `attach` say and return when their viewer is done.
#pragma once

#include "attach/viewer.hpp"
#include "cli/output.hpp"

namespace outlast::cli {

/// Whether a run that just exited is worth a line: `run` looks like the plain command, `attach`
/// tells the end.
enum class Announce { unusual_ends, every_end };

/// One line on stderr where it helps, and the exit code: the job's own, 128+N for signal N; 0 after
/// a detach; 128+N when signal N ended the viewer itself (the job goes on).
[[nodiscard]] int finish_viewing(const attach::ViewerOutcome& outcome, const job::Record& record,
                                 const Output& output, Announce announce);

/// Holds back the signals that the viewers take from a signalfd. To be called before the user is
/// told of the detach key: typed at once, Ctrl-\ is still a signal, and must find the viewer.
void block_viewer_signals();

/// Runs the viewer that fits: in the terminal for a job with one when stdin and stdout are
/// terminals, else streaming.
[[nodiscard]] Result<attach::ViewerOutcome>
view(const job::JobFolder& folder, attach::JobLink& link, attach::ViewerOptions options);

/// The viewer's own terminal, for the keeper's list of viewers.
[[nodiscard]] wire::Attach describe_viewer(bool read_only);
/// True when stdin and stdout are terminals.
[[nodiscard]] bool in_terminal();
/// The detach prefix: OUTLAST_PREFIX, else the configuration's, else Ctrl-\.
[[nodiscard]] unsigned char prefix_key();
/// "Ctrl-\ d".
[[nodiscard]] std::string detach_keys();

} // namespace outlast::cli
