// Result<T>: a value or an Error. Exceptions are for bugs only.
#pragma once

#include "base/error.hpp"

#include <tl/expected.hpp>

namespace outlast {

template <class T = void> using Result = tl::expected<T, Error>;
using Failure = tl::unexpected<Error>;

/// Failure from errno as it is now.
[[nodiscard]] inline Failure fail_errno(std::string context) {
    return Failure(errno_error(std::move(context)));
}
[[nodiscard]] inline Failure fail_errno(int number, std::string context) {
    return Failure(errno_error(number, std::move(context)));
}
[[nodiscard]] inline Failure fail(Errc code, std::string context, std::string why = {},
                                  std::string fix = {}) {
    return Failure(make_error(code, std::move(context), std::move(why), std::move(fix)));
}
[[nodiscard]] inline Failure fail(Error error) { return Failure(std::move(error)); }

} // namespace outlast
