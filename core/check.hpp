// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace kith {

/// Prints the broken invariant to standard error, then aborts the node.
[[noreturn]] void check_failed(const char* condition, const char* file, int line);

}  // namespace kith

/// Aborts the node if an invariant of the runtime itself is broken; the other nodes see it fail.
/// Not for bytes, names or sizes that come from outside.
#define KITH_CHECK(condition) \
  ((condition) ? static_cast<void>(0) : ::kith::check_failed(#condition, __FILE__, __LINE__))
