// SPDX-License-Identifier: Apache-2.0
#include "resilience/time_limiter.hpp"

namespace kith {

Error TimeLimiter::late() const {
  const auto milliseconds = std::chrono::duration_cast<std::chrono::milliseconds>(timeout_);
  return detail::refused(
      Error(ErrorCode::timeout, "the request took longer than " +
                                    std::to_string(milliseconds.count()) + " ms and was ended"),
      "time_limiter");
}

}  // namespace kith
