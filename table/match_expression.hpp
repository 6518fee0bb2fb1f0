// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "core/result.hpp"
#include "core/value.hpp"
#include "table/match_pattern.hpp"
#include "table/match_term.hpp"

namespace kith::table {

/// Storage for intermediate results of one row, reused from row to row; one per evaluating thread.
using MatchScratch = std::vector<Value>;

/// Computes a term from a row that fits a pattern. An expression is a literal (a number, a string,
/// true, false, null, []), {"const": term}, {"var": n}, {"row": true}, {"vars": true} (the array of
/// all variables), or an array of a function's name and its arguments. ["array", ...] and ["row",
/// ...] construct arrays and rows; "andalso" and "orelse" evaluate lazily; the other functions are
/// in match_functions.cpp. Compiled once. Source: ERTS User's Guide, "Match Specifications in
/// Erlang". Thread-safety: plain value.
class MatchExpression {
 public:
  /// Compiles an expression. Error: `invalid_argument` (unknown function, wrong number of
  /// arguments, a variable that is not in the pattern, an unknown object).
  static Result<MatchExpression> compile(const Value& term, const MatchPattern& pattern);

  /// Returns the result for a row with these bindings, which may point into the bindings or into
  /// `scratch`. Failed if it cannot be computed, such as the sum of a number and a string.
  MatchTerm evaluate(const Bindings& bindings, MatchScratch& scratch) const;
  /// Returns whether the form of the expression shows that its result is a row with the key of its
  /// source row. `key` is the position of the key, from 0.
  [[nodiscard]] bool keeps_key(const Value& pattern, std::size_t key) const;

 private:
  enum class Kind : std::uint8_t {
    literal,
    variable,
    whole_row_variable,
    row,
    variables,
    make_array,
    make_row,
    all_in_turn,
    any_in_turn,
    call,
  };
  struct Node {
    Kind kind = Kind::literal;
    std::size_t variable = 0;
    Value literal;
    MatchFunction function = nullptr;
    std::vector<std::size_t> arguments;  ///< indexes in `nodes_`
  };

  Result<std::size_t> add(const Value& term, const MatchPattern& pattern);
  Result<std::size_t> add_marker(const ValueMap& marker, const MatchPattern& pattern);
  Result<std::size_t> add_call(const ValueArray& call, const MatchPattern& pattern);
  MatchTerm evaluate(std::size_t place, const Bindings& bindings, MatchScratch& scratch) const;
  MatchTerm evaluate_in_turn(const Node& node, bool until, const Bindings& bindings,
                             MatchScratch& scratch) const;
  MatchTerm make(std::size_t place, const Bindings& bindings, MatchScratch& scratch) const;
  MatchTerm call(std::size_t place, const Bindings& bindings, MatchScratch& scratch) const;

  Value source_;
  std::vector<Node> nodes_;  ///< operands before their operation; the last one is the root
  std::size_t variables_ = 0;
};

}  // namespace kith::table
