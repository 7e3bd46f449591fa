// From a model back to bytes: what brings a fresh terminal of the same size to the model's state.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace outlast::terminal {

class Model;

struct RestoreOptions {
    /// Paint over what the terminal shows, without history. Else the screen's rows are scrolled in
    /// from the row that the cursor is in, so that what stands above goes into the terminal's own
    /// scrollback.
    bool in_place = false;
    /// Where the main screen has nothing below the cursor, leave its empty rows out: the output of
    /// an ordinary command then looks as it did where it was started. Positions that count from the
    /// screen's top are off until the program draws them again, as they are there.
    bool leave_out_empty_rows = false;
    /// Logical lines of history given into the terminal's own scrollback, the newest ones.
    std::size_t history_lines = 0;
    /// Lines of the model's history that the terminal has already, counted since the model's
    /// beginning (Screen::lines_scrolled_off); only later ones are sent.
    std::uint64_t seen_lines = 0;
    /// The unfinished sequence at the end, when the parser is in the middle of one.
    bool unfinished = true;
};

/// Bytes for a terminal in its initial state or in any state: every mode is set explicitly, both
/// ways. The user's own scrollback is never erased, no query is sent, nothing is reset that the
/// model's program could not have set. Ends with the unfinished sequence.
[[nodiscard]] std::string restore(const Model& model, const RestoreOptions& options);

/// The modes alone, for a terminal that `leave` was used on and that is to go on where it is.
[[nodiscard]] std::string restore_modes(const Model& model);

/// Bytes that take a terminal out of the model's state, as a shell wants it: alternate screen left,
/// mouse, paste, keyboard protocols, cursor style, colours and margins back to what they are in a
/// terminal nobody has touched. Only what the program changed is changed back. The cursor is left
/// in the last line that was written.
[[nodiscard]] std::string leave(const Model& model);
/// Whether a line end has to come before anything else is written there.
[[nodiscard]] bool leaves_mid_line(const Model& model);

} // namespace outlast::terminal
