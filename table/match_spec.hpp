#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "core/result.hpp"
#include "core/value.hpp"
#include "table/match_expression.hpp"
#include "table/match_pattern.hpp"

namespace kith {

/// What is selected of the rows of a `ValueTable`, compiled once: clauses {"match": pattern,
/// "where": [condition, ...], "return": expression}, tried in turn for each row; the first whose
/// pattern fits and whose conditions all give exactly true says the result. An error in a condition
/// makes it fail. Patterns: table/match_pattern.hpp, conditions and results:
/// table/match_expression.hpp. Source: ets:match_spec_compile/1.
/// Thread-safety: plain value.
///
///     // the names of all who are older than 30
///     MatchSpec::compile(*from_json(R"([{"match": [{"var":1}, {"var":2}],
///                                        "where": [[">", {"var":2}, 30]], "return":
///                                        {"var":1}}])"));
class MatchSpec {
 public:
  /// Error: `invalid_argument`, which says what is wrong.
  static Result<MatchSpec> compile(const Value& clauses);
  /// Selects the rows that fit a pattern; the result is the row.
  static Result<MatchSpec> rows_like(const Value& pattern);
  /// Selects the rows that fit a pattern; the result is the array of the pattern's variables.
  static Result<MatchSpec> variables_of(const Value& pattern);

  /// Works on one row after another. Thread-safety: none.
  class Run {
   public:
    explicit Run(const MatchSpec& spec) : spec_(&spec) {}
    /// The result for a row; failed when it has none. It holds until the next call, and as long as
    /// the row does.
    table::MatchTerm operator()(const TableRow& row);

   private:
    const MatchSpec* spec_;
    table::Bindings bindings_;
    table::MatchScratch scratch_;
  };

  /// The one key that all rows it selects have, if that can be seen; `key` is the key's position,
  /// from zero.
  [[nodiscard]] const Value* bound_key(std::size_t key) const;
  /// Whether each result is a row with the key of the row it comes from.
  [[nodiscard]] bool keeps_keys(std::size_t key) const;

 private:
  struct Clause {
    Value pattern_source;
    table::MatchPattern pattern;
    std::vector<table::MatchExpression> conditions;
    table::MatchExpression result;
  };
  static Result<Clause> compile_clause(const Value& pattern, const ValueArray& conditions,
                                       const Value& result);
  static Result<MatchSpec> of_one(const Value& pattern, const char* result);

  std::vector<Clause> clauses_;
};

}  // namespace kith
