// A terminal without a window.
#include "terminal/model.hpp"

#include "terminal/parser.hpp"
#include "terminal/screen.hpp"

namespace outlast::terminal {

struct Model::State {
    State(Size size, const Limits& limits)
        : screen(size, limits.history_bytes), parser(limits.string_bytes) {}

    Screen screen;
    Parser parser;
};

Model::Model(Size size, Limits limits) : m_state(std::make_unique<State>(size, limits)) {}
Model::~Model() = default;
Model::Model(Model&& other) noexcept = default;
Model& Model::operator=(Model&& other) noexcept = default;

void Model::feed(std::string_view bytes) { m_state->parser.feed(bytes, m_state->screen); }
void Model::resize(Size size) { m_state->screen.resize(size); }
void Model::set_listener(Listener* listener) noexcept { m_state->screen.listener = listener; }
Screen& Model::screen() noexcept { return m_state->screen; }
const Screen& Model::screen() const noexcept { return m_state->screen; }
std::string Model::pending() const { return m_state->parser.pending(); }

} // namespace outlast::terminal
