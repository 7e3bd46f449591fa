// Finds the detach key in what is typed.
#pragma once

#include "base/duration.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace outlast::attach {

enum class KeyCommand { none, detach, suspend };

/// The prefix (Ctrl-\ by default) followed by `d` detaches, by Ctrl-Z suspends the viewer; twice,
/// it is sent once. Any other second key passes both through; alone it passes after 0.7 s, unless
/// it would raise a signal: somebody who hesitates before `d` must not end the job. Recognised also
/// as CSI 92;5u (CSI-u) and CSI 27;5;92~ (modifyOtherKeys).
class PrefixKeys {
public:
    explicit PrefixKeys(unsigned char prefix = 0x1c) : m_prefix(prefix) {}

    struct Result {
        std::string pass; ///< bytes for the job
        KeyCommand command = KeyCommand::none;
    };
    /// Takes bytes as they come from the terminal at `now`. What follows a command in the same read
    /// is dropped.
    [[nodiscard]] Result feed(std::string_view bytes, Nanoseconds now);
    /// When a lone prefix has waited long enough: `hold` it then, and find out what it would do.
    [[nodiscard]] std::optional<Nanoseconds> deadline() const noexcept { return m_deadline; }
    /// It waits for the second key from now on, however long that takes.
    void hold() noexcept { m_deadline.reset(); }
    /// `signal_keys` are the bytes that raise a signal in the job's terminal. What is to be passed
    /// on: a prefix that is held and has none of these.
    [[nodiscard]] std::string release(std::string_view signal_keys);

    /// "C-\\", "C-b", "^A" → the byte; nothing when it is no control key.
    [[nodiscard]] static std::optional<unsigned char> parse(std::string_view name);

private:
    [[nodiscard]] std::size_t match_prefix(std::string_view bytes) const;
    [[nodiscard]] std::size_t match_key(std::string_view bytes, char key, bool control) const;

    unsigned char m_prefix;
    std::string m_pending; ///< the prefix as it was typed
    std::optional<Nanoseconds> m_deadline;
};

} // namespace outlast::attach
