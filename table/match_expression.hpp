#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "core/result.hpp"
#include "core/value.hpp"
#include "table/match_pattern.hpp"
#include "table/match_term.hpp"

namespace kith::table {

/// Room for what expressions compute for one row; one for each thread that evaluates.
using MatchScratch = std::vector<Value>;

/// What is computed from a row that fits a pattern, as a term: a literal (a number, a text, true,
/// false, null, []), {"const": term}, {"var": n}, {"row": true}, {"vars": true} (the array of all
/// variables), or an array of a function's name and its arguments. ["array", ...] and ["row", ...]
/// make these; "andalso" and "orelse" evaluate only as far as needed; the others are in
/// match_functions.cpp. Compiled once. Source: ERTS User's Guide, "Match Specifications in Erlang".
/// Thread-safety: plain value.
class MatchExpression {
 public:
  /// Errors: `invalid_argument`: no such function, wrong number of arguments, a variable that the
  /// pattern does not have, an object that is none of the above.
  static Result<MatchExpression> compile(const Value& term, const MatchPattern& pattern);

  /// The result for a row with these bindings; it may be in them or in `scratch`. Failed when it
  /// cannot be computed, such as a sum with a text.
  MatchTerm evaluate(const Bindings& bindings, MatchScratch& scratch) const;
  /// Whether the result is a row that has the key of the row it is computed from: this can be seen
  /// from the expression alone. `key` is the position of the key, from zero.
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
    std::vector<std::size_t> arguments;  ///< places in `nodes_`
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
  std::vector<Node> nodes_;  ///< the last one is the whole
  std::size_t variables_ = 0;
};

}  // namespace kith::table
