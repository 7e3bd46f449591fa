// Character sets of 7 bits.
#include "terminal/charset.hpp"

namespace outlast::terminal {
namespace {

/// From 0x5F on, VT100 User Guide, table 3-9.
constexpr std::array<char16_t, 32> graphics{
    u' ', u'◆', u'▒', u'␉', u'␌', u'␍', u'␊', u'°', u'±', u'␤', u'␋', u'┘', u'┐', u'┌', u'└', u'┼',
    u'⎺', u'⎻', u'─', u'⎼', u'⎽', u'├', u'┤', u'┴', u'┬', u'│', u'≤', u'≥', u'π', u'≠', u'£', u'·'};

} // namespace

std::uint32_t translate(Charset set, unsigned char byte) noexcept {
    constexpr unsigned char first_graphic = 0x5F;
    if (set == Charset::graphics && byte >= first_graphic && byte < 0x7F)
        return graphics[byte - first_graphic];
    if (set == Charset::british && byte == '#') return u'£';
    return byte;
}

} // namespace outlast::terminal
