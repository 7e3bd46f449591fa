// A terminal without a window: bytes go in, the screen, its history and all modes can be read out.
#pragma once

#include "terminal/listener.hpp"
#include "terminal/size.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace outlast::terminal {

class Screen;

/// Bounds of what one model may hold, whatever is fed to it.
struct Limits {
    std::size_t history_bytes = std::size_t{8}
                                << 20; ///< text and attributes of lines that left the screen
    std::size_t string_bytes = std::size_t{64}
                               << 10; ///< of one OSC string that is kept; more is cut
};

/// The model of one terminal, nearest to xterm's behaviour. Never fails: what it does not know it
/// skips, what is too large it cuts. Knows nothing of files or processes; not thread-safe.
class Model {
public:
    explicit Model(Size size, Limits limits = {});
    ~Model();
    Model(Model&& other) noexcept;
    Model& operator=(Model&& other) noexcept;
    Model(const Model&) = delete;
    Model& operator=(const Model&) = delete;

    /// Takes output of the program, cut anywhere: any chunking gives the same state.
    void feed(std::string_view bytes);

    /// The main screen is reflowed when the width changes, the alternate screen is cut or filled.
    void resize(Size size);

    /// Who is told of titles, bells and the answers to queries; nobody at first. Not owned.
    void set_listener(Listener* listener) noexcept;

    [[nodiscard]] Screen& screen() noexcept;
    [[nodiscard]] const Screen& screen() const noexcept;
    /// The bytes of a sequence or a character that is not finished yet.
    [[nodiscard]] std::string pending() const;

private:
    struct State;
    std::unique_ptr<State> m_state;
};

} // namespace outlast::terminal
