// Who wants to be told what a program asked of its terminal.
#pragma once

#include <string_view>

namespace outlast::terminal {

struct Row;

/// Each call comes from within Model::feed. Text is UTF-8 as the program sent it: untrusted, and
/// cut to Limits::string_bytes.
class Listener {
public:
    Listener() = default;
    Listener(const Listener&) = default;
    Listener& operator=(const Listener&) = default;
    Listener(Listener&&) = default;
    Listener& operator=(Listener&&) = default;
    virtual ~Listener() = default;

    /// What a real terminal would send back: answers to DA, DSR, DECRQM, DECRQSS, XTVERSION, colour
    /// queries and the like.
    virtual void on_reply(std::string_view bytes) { (void)bytes; }
    virtual void on_title(std::string_view title) { (void)title; }
    /// OSC 7: the directory as a path, without "file://host".
    virtual void on_directory(std::string_view path) { (void)path; }
    virtual void on_bell() {}
    /// OSC 9, OSC 777;notify, OSC 99.
    virtual void on_notification(std::string_view title, std::string_view body) {
        (void)title, (void)body;
    }
    /// OSC 9;4: state 0 none, 1 normal, 2 error, 3 indeterminate, 4 paused; percent 0 to 100.
    virtual void on_progress(int state, int percent) { (void)state, (void)percent; }
    /// OSC 133: 'A' prompt starts, 'B' command starts, 'C' output starts, 'D' output ends with
    /// `exit_code` (-1: not said).
    virtual void on_prompt_mark(char kind, int exit_code) { (void)kind, (void)exit_code; }

    /// A row leaves the main screen at its top; `goes_on`: its text does so in the next row.
    virtual void on_row_leaves(const Row& row, bool goes_on) { (void)row, (void)goes_on; }
    /// The main screen is about to be erased as a whole: ED 2, ED 0 from the first column of the
    /// first row, RIS.
    virtual void on_main_erased() {}
};

} // namespace outlast::terminal
