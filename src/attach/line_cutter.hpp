// Cuts the log's bytes into lines at line feeds, with bounded memory.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace outlast::attach {

/// A line, or a part of one that is longer than `LineCutter::longest`.
struct LinePiece {
    enum class End {
        line_feed,  ///< the line ends here; the line feed is not part of `text`
        cut,        ///< the line goes on in the next piece
        open,       ///< nothing more came: a gap or the end of the log
        overwritten ///< no end: what the line shows now is about to be written over
    };
    std::string_view text;
    std::uint64_t offset = 0; ///< of the piece's first byte
    bool begins = true;       ///< false: it goes on with the line of the piece before
    End end = End::line_feed;
};

class LineCutter {
public:
    static constexpr std::size_t longest = std::size_t{64} << 10;
    using Take = std::function<void(const LinePiece&)>;
    /// The bytes at `offset`, which follow those of the call before.
    void feed(std::uint64_t offset, std::string_view bytes, const Take& take);
    /// Nothing follows: gives the line that is held, if any, as an open piece.
    void flush(const Take& take);
    /// The line that is not complete yet.
    [[nodiscard]] LinePiece held() const;
    /// True when `held` is part of a line of which something was given, or that has bytes.
    [[nodiscard]] bool inside_line() const noexcept { return m_continues || !m_held.empty(); }

private:
    void hold(std::uint64_t offset, std::string_view part, const Take& take);
    void make_room(const Take& take);

    std::string m_held;
    std::uint64_t m_held_offset = 0;
    bool m_continues = false; ///< the line's first part was given already
};

} // namespace outlast::attach
