#pragma once

#include <cstddef>
#include <limits>
#include <string>

#include "core/error.hpp"

namespace kith {

/// How a table is made. Thread-safety: plain value.
struct TableOptions {
  /// Appears in errors.
  std::string name = "unnamed";
  /// Rows it holds before new ones are refused as `overloaded`.
  std::size_t rows_max = std::numeric_limits<std::size_t>::max();
};

namespace detail {

Error table_full(const TableOptions& options);
Error no_row(const TableOptions& options);
Error counter_overflow(const TableOptions& options);

}  // namespace detail

}  // namespace kith
