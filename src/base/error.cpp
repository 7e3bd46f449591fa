// The error category of outlast and the building of errors.
#include "base/error.hpp"

#include <cerrno>

namespace outlast {
namespace {

class Category final : public std::error_category {
public:
    [[nodiscard]] const char* name() const noexcept override { return "outlast"; }

    [[nodiscard]] std::string message(int value) const override {
        switch (static_cast<Errc>(value)) {
        case Errc::usage: return "wrong usage";
        case Errc::no_such_job: return "no such job";
        case Errc::ambiguous_job: return "more than one job matches";
        case Errc::refused: return "refused";
        case Errc::already_ended: return "the job has ended";
        case Errc::damaged: return "damaged data";
        case Errc::incompatible: return "incompatible version";
        case Errc::command_not_found: return "command not found";
        case Errc::command_not_run: return "command cannot be run";
        case Errc::timed_out: return "time is over";
        }
        return "unknown error";
    }
};

} // namespace

const std::error_category& outlast_category() noexcept {
    static const Category category;
    return category;
}

std::error_code make_error_code(Errc code) noexcept {
    return {static_cast<int>(code), outlast_category()};
}

std::string Error::message() const {
    if (context.empty()) return code.message();
    if (code.category() == outlast_category()) return context;
    return context + ": " + code.message();
}

Error Error::within(std::string_view outer) && {
    context = context.empty() ? std::string(outer) : std::string(outer) + ": " + context;
    return std::move(*this);
}

Error errno_error(int number, std::string context) {
    return Error{std::error_code(number, std::generic_category()), std::move(context), {}, {}};
}

Error errno_error(std::string context) {
    const int number = errno;
    return errno_error(number, std::move(context));
}

Error make_error(Errc code, std::string context, std::string why, std::string fix) {
    return Error{make_error_code(code), std::move(context), std::move(why), std::move(fix)};
}

} // namespace outlast
