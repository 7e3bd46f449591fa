// Shows a model on a terminal of another size.
#pragma once

#include "terminal/size.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace outlast::terminal {

class Model;

/// Draws what fits of a model's screen, around its cursor, on the alternate screen of a terminal
/// that has another size, and draws again what has changed. For one who types, the keyboard, paste
/// and (where all of the screen is seen) mouse modes are the model's; to an onlooker nothing gets
/// through but text, how it looks, and the cursor: no link and no mode.
class Picture {
public:
    enum class For { typist, onlooker };

    explicit Picture(Size terminal, For whom = For::typist) : m_terminal(terminal), m_for(whom) {}

    /// Bytes that take the terminal to its alternate screen, before the first `paint`.
    [[nodiscard]] static std::string enter();
    /// Back from there; all modes are as in a terminal nobody has touched.
    [[nodiscard]] static std::string leave(For whom = For::typist);

    /// Bytes that bring the terminal from what it shows to the model's state; empty: nothing has
    /// changed.
    /// `status`, if it is not empty, stands in place of the last row: printable text that fits.
    [[nodiscard]] std::string paint(const Model& model, std::string_view status = {});
    /// Whether all of the model's screen is seen.
    [[nodiscard]] bool holds(const Model& model) const noexcept;

private:
    struct Window {
        std::uint16_t top = 0;
        std::uint16_t left = 0;
    };
    [[nodiscard]] Window window_of(const Model& model) const;
    [[nodiscard]] std::string row_bytes(const Model& model, Window window, std::uint16_t row) const;
    [[nodiscard]] std::string modes(const Model& model) const;

    Size m_terminal;
    For m_for;
    std::vector<std::string> m_rows; ///< as they were painted last
    std::string m_modes;
    std::string m_cursor;
};

} // namespace outlast::terminal
