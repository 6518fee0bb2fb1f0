// SPDX-License-Identifier: Apache-2.0
#include "table/table.hpp"

#include "core/printable.hpp"

namespace kith::detail {

Error table_full(const TableOptions& options) {
  return {ErrorCode::overloaded, "the table " + in_quotes(options.name) + " has its " +
                                     std::to_string(options.rows_max) + " rows; erase some first"};
}

Error no_row(const TableOptions& options) {
  return {ErrorCode::not_found, "the table " + in_quotes(options.name) +
                                    " has no such row, and no initial value was given"};
}

Error counter_overflow(const TableOptions& options) {
  return {ErrorCode::invalid_argument, "the row of the table " + in_quotes(options.name) +
                                           " has no integer, or the sum does not fit in 64 bits"};
}

}  // namespace kith::detail
