#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "core/result.hpp"
#include "core/value.hpp"

namespace kith {

/// A row of a `ValueTable`: its elements; one of them is the key.
using TableRow = ValueArray;

namespace table {

/// What the variables of a pattern stand for in one row.
struct Bindings {
  std::vector<const Value*> values;  ///< by the place of the variable in `MatchPattern::variables`
  const TableRow* row = nullptr;
};

/// What a row must look like, as a term: an array of the row's length whose elements are literal
/// terms, which fit by exact equality, arrays of such, {"any": true}, which fits all,
/// {"var": n}, which fits all but is the same everywhere, or {"const": term}, which is that term
/// literally. {"any": true} or {"var": n} alone fit each row. Compiled once to a small program.
/// Source: ets:match/2. Thread-safety: plain value.
class MatchPattern {
 public:
  /// Error: `invalid_argument`, which says what is wrong.
  static Result<MatchPattern> compile(const Value& term);

  /// Whether the row fits; then the bindings are those of the row.
  bool fits(const TableRow& row, Bindings& bindings) const;
  /// The numbers of the variables, ascending.
  [[nodiscard]] const std::vector<std::int64_t>& variables() const { return variables_; }
  /// The place of the variable with this number, if the pattern has it.
  [[nodiscard]] std::optional<std::size_t> variable(std::int64_t number) const;
  /// The variable that stands for the whole row, if the pattern is one.
  [[nodiscard]] std::optional<std::size_t> whole_row() const;
  /// The literal that the element at this position (from zero) must be, if it must be one.
  [[nodiscard]] const Value* literal_at(std::size_t position) const;
  /// What bindings give as a result: the values of the variables, by ascending number.
  [[nodiscard]] ValueArray bound(const Bindings& bindings) const;

 private:
  enum class Kind : std::uint8_t { any, variable, literal, array };
  struct Node {
    Kind kind = Kind::any;
    std::size_t variable = 0;  ///< a place in `variables_`
    Value literal;
    std::vector<std::size_t> elements;  ///< places in `nodes_`
    bool is_first = false;              ///< the first use of the variable, which binds it
  };

  Result<std::size_t> add(const Value& term);
  Result<std::size_t> add_marker(const ValueMap& marker);
  void number_variables();
  bool fits(const Node& node, const Value& value, Bindings& bindings) const;

  std::vector<Node> nodes_;  ///< the last one is the whole
  std::vector<std::int64_t> variables_;
};

}  // namespace table
}  // namespace kith
