// The state of a terminal, and what changes it.
#pragma once

#include "terminal/charset.hpp"
#include "terminal/grid.hpp"
#include "terminal/history.hpp"
#include "terminal/identity.hpp"
#include "terminal/listener.hpp"
#include "terminal/modes.hpp"
#include "terminal/size.hpp"
#include "terminal/tables.hpp"

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace outlast::terminal {

/// Where the next character goes. `pending`: a character was written into the last column, and the
/// next one wraps first (DEC's "last column flag").
struct Cursor {
    std::uint16_t row = 0;
    std::uint16_t column = 0;
    bool pending = false;

    friend bool operator==(const Cursor&, const Cursor&) = default;
};

/// What is written next looks like this; `extra` belongs to `style.extra`.
struct Pen {
    Style style;
    Extra extra;

    friend bool operator==(const Pen&, const Pen&) = default;
};

/// What DECSC saves (VT510 manual).
struct SavedCursor {
    Cursor cursor;
    Pen pen;
    Charsets charsets;
    bool origin = false;

    friend bool operator==(const SavedCursor&, const SavedCursor&) = default;
};

/// Margins, all included, from 0.
struct Margins {
    std::uint16_t top = 0, bottom = 0, left = 0, right = 0;

    friend bool operator==(const Margins&, const Margins&) = default;
};

/// The progressive enhancement of the keyboard (kitty's protocol): each screen has its own.
struct KeyboardStack {
    static constexpr std::size_t deepest = 16;
    std::vector<std::uint8_t> below; ///< what was pushed away, oldest first
    std::uint8_t flags = 0;

    friend bool operator==(const KeyboardStack&, const KeyboardStack&) = default;
};

struct Titles {
    static constexpr std::size_t deepest = 10;
    std::string title;
    std::string icon;
    std::vector<std::pair<std::string, std::string>> stack; ///< (title, icon), CSI 22 t

    friend bool operator==(const Titles&, const Titles&) = default;
};

/// The character that was written last, while nothing but printing has happened since: REP repeats
/// it and combining characters join it.
struct LastWritten {
    bool valid = false;
    std::uint16_t row = 0;
    std::uint16_t column = 0; ///< of its first cell
    std::uint32_t code = 0;

    friend bool operator==(const LastWritten&, const LastWritten&) = default;
};

/// Everything is public: parser, serializer and comparison are made for just this state. Rules not
/// said otherwise are xterm's (ctlseqs) and the VT510 manual's.
class Screen {
public:
    Screen(Size wanted, std::size_t history_bytes);

    Size size;
    std::array<Grid, 2> grids;    ///< main, alternate
    int shown = 0;                ///< 1: the alternate one
    bool saved_by_switch = false; ///< it was switched to by 1049, which also saves the cursor
    History history;
    ClusterTable clusters;
    ExtraTable extras;

    Cursor cursor;
    Pen pen;
    Charsets charsets;
    std::array<SavedCursor, 2> saved; ///< DECSC of main and alternate
    Margins margins;
    std::vector<bool> tabs;
    Modes modes;
    bool application_keypad = false;
    std::uint8_t cursor_shape = 0;      ///< DECSCUSR: 0 the user's own, 1 to 6
    std::int8_t modify_other_keys = -1; ///< XTMODKEYS 4; -1: as the terminal has it
    std::array<KeyboardStack, 2> keyboards;
    Titles titles;
    std::string directory;                ///< OSC 7, as it came
    std::string pointer;                  ///< OSC 22
    std::map<int, std::uint32_t> palette; ///< OSC 4: changed colours, 0xRRGGBB
    std::map<int, std::uint32_t> dynamic; ///< OSC 10 to 19, changed ones
    LastWritten last;
    Identity identity;
    Listener* listener = nullptr;

    [[nodiscard]] Grid& grid() noexcept { return grids[static_cast<std::size_t>(shown)]; }
    [[nodiscard]] const Grid& grid() const noexcept {
        return grids[static_cast<std::size_t>(shown)];
    }
    [[nodiscard]] Row& row() noexcept { return grid().row(cursor.row); }

    // Writing (write.cpp).
    void print_ascii(std::string_view run);             ///< printable ASCII only
    void print_run(std::u32string_view run, int width); ///< all of that width, 1 or 2, not ASCII
    void print(std::uint32_t code);
    void repeat_last(unsigned count);

    // Moving (move.cpp).
    void carriage_return() noexcept;
    void backspace() noexcept;
    void tab(unsigned count) noexcept;
    void back_tab(unsigned count) noexcept;
    void index();         ///< IND: down, scrolling at the bottom margin
    void line_feed();     ///< the same, and a carriage return with newline mode on
    void reverse_index(); ///< RI
    void move_to(unsigned row, unsigned column) noexcept; ///< from 0; by the origin mode
    void move_up(unsigned count) noexcept;
    void move_down(unsigned count) noexcept;
    void move_left(unsigned count) noexcept;
    void move_right(unsigned count) noexcept;
    void set_vertical_margins(unsigned top, unsigned bottom) noexcept; ///< from 1; 0: the edge
    void set_horizontal_margins(unsigned left, unsigned right) noexcept;

    // Changing what is there (edit.cpp, rectangle.cpp).
    enum class Selective : bool { no, yes };
    void erase_in_line(unsigned what, Selective selective);
    void erase_in_display(unsigned what, Selective selective);
    void erase_characters(unsigned count);
    void insert_characters(unsigned count);
    void delete_characters(unsigned count);
    void insert_lines(unsigned count);
    void delete_lines(unsigned count);
    void scroll_up(unsigned count);
    void scroll_down(unsigned count);
    void shift_columns(unsigned at, unsigned count, bool to_the_right);
    void fill_with_e();

    struct Rectangle {
        std::uint16_t top, left, bottom, right;
    };
    void fill_rectangle(const Rectangle& where, std::uint32_t code);
    void erase_rectangle(const Rectangle& where, Selective selective);
    void copy_rectangle(const Rectangle& from, std::uint16_t row, std::uint16_t column);

    // State as a whole (state.cpp, resize.cpp).
    void save_cursor();
    void restore_cursor();
    enum class Switch { plain, clear_on_leave, with_cursor }; ///< 47, 1047, 1049
    void show_alternate(bool alternate, Switch how);
    void set_mode(Mode mode, bool on);
    void soft_reset();
    void full_reset();
    void resize(Size wanted);
    void set_pen_extra();
    [[nodiscard]] bool in_margins() const noexcept;
    /// The columns that text at the cursor wraps between. A row of double width ends in the middle,
    /// but the cursor can be moved to an absolute column beyond that; text is lost there.
    [[nodiscard]] std::uint16_t right_limit() const noexcept;
    [[nodiscard]] std::uint16_t left_limit() const noexcept;
    [[nodiscard]] Cell blank() const noexcept {
        return {0, {default_color, pen.style.background, 0, 0}};
    }
    /// Erases [from, to) of a row; wide characters that are cut in half become blanks.
    void erase_cells(Row& row, unsigned from, unsigned to, Selective selective = Selective::no);

private:
    void wrap();
    template <unsigned width, typename Characters> std::size_t put_run(const Characters& run);
    void wait_no_more_unless(LineSize size_of_row) noexcept;
    void join(std::uint32_t code);
    void put(Cell cell, int width);
    /// Before the cells [from, to) of a row are replaced or moved: a wide character that lies
    /// across one of the ends becomes two blanks.
    static void split_wide(Row& row, unsigned from, unsigned to) noexcept {
        Cell* const cells = row.cells.data();
        for (const unsigned at : {from, to}) {
            if (at == 0 || at >= row.used || !cells[at].is_tail()) continue;
            cells[at - 1].glyph = cells[at].glyph = ' ';
        }
    }
    void empty_cells(Row& row, unsigned from, unsigned to) const;
    void scroll_region_up(std::uint16_t top, std::uint16_t bottom, unsigned count);
    void scroll_region_down(std::uint16_t top, std::uint16_t bottom, unsigned count);
    void empty_between_margins(Row& row);
    void move_cells(std::uint16_t from, std::uint16_t to);
    void reflow(Size wanted);
    void sweep_tables();
};

inline std::uint16_t Screen::right_limit() const noexcept {
    const auto edge = static_cast<std::uint16_t>(size.columns - 1);
    if (grid().row(cursor.row).size != LineSize::single && !modes[Mode::left_right_margins])
        return edge / 2;
    return cursor.column <= margins.right ? margins.right : edge;
}

} // namespace outlast::terminal
