// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "core/result.hpp"
#include "core/value.hpp"

namespace kith {

/// A row of a `ValueTable`: its elements, one of which is the key.
using TableRow = ValueArray;

namespace table {

/// The values of a pattern's variables for one row. Points into the row.
struct Bindings {
  std::vector<const Value*> values;  ///< by index in `MatchPattern::variables`
  const TableRow* row = nullptr;
};

/// Matches rows. A pattern is an array of the row's length; its elements are literal terms (exact
/// equality), arrays of elements, {"any": true} (any term), {"var": n} (any term, but the same at
/// each use of n), or {"const": term} (that term literally). {"any": true} or {"var": n} alone
/// match each row. Compiled once to a tree of nodes. Source: ets:match/2.
/// Thread-safety: plain value.
class MatchPattern {
 public:
  /// Compiles a pattern. Error: `invalid_argument`, naming the faulty part.
  static Result<MatchPattern> compile(const Value& term);

  /// Returns whether the row matches; sets the bindings if so.
  bool fits(const TableRow& row, Bindings& bindings) const;
  /// Returns the numbers of the variables, ascending.
  [[nodiscard]] const std::vector<std::int64_t>& variables() const { return variables_; }
  /// Returns the index of the variable with this number, if the pattern has it.
  [[nodiscard]] std::optional<std::size_t> variable(std::int64_t number) const;
  /// Returns the index of the variable that is the whole pattern, if it is one.
  [[nodiscard]] std::optional<std::size_t> whole_row() const;
  /// Returns the literal required at this position (from 0), or null.
  [[nodiscard]] const Value* literal_at(std::size_t position) const;
  /// Returns the values of the variables by ascending number.
  [[nodiscard]] ValueArray bound(const Bindings& bindings) const;

 private:
  enum class Kind : std::uint8_t { any, variable, literal, array };
  struct Node {
    Kind kind = Kind::any;
    std::size_t variable = 0;  ///< index in `variables_`
    Value literal;
    std::vector<std::size_t> elements;  ///< indexes in `nodes_`
    bool is_first = false;              ///< first use of the variable: binds it
  };

  Result<std::size_t> add(const Value& term);
  Result<std::size_t> add_marker(const ValueMap& marker);
  void number_variables();
  bool fits(const Node& node, const Value& value, Bindings& bindings) const;

  std::vector<Node> nodes_;  ///< elements before their array; the last one is the root
  std::vector<std::int64_t> variables_;
};

}  // namespace table
}  // namespace kith
