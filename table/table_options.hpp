// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <limits>
#include <string>

#include "core/error.hpp"

namespace kith {

/// Options of a typed table. Thread-safety: plain value.
struct TableOptions {
  std::string name = "unnamed";  ///< appears in error messages
  /// Further rows are refused as `overloaded`. A bound makes each insertion and erasure write a
  /// counter that all threads share.
  std::size_t rows_max = std::numeric_limits<std::size_t>::max();
};

namespace detail {

Error table_full(const TableOptions& options);
Error no_row(const TableOptions& options);
Error counter_overflow(const TableOptions& options);

}  // namespace detail

}  // namespace kith
