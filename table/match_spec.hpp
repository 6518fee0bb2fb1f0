// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "core/result.hpp"
#include "core/value.hpp"
#include "table/match_expression.hpp"
#include "table/match_pattern.hpp"

namespace kith {

/// Selects rows of a `ValueTable` and computes results from them; compiled once.
///
///     // the first element of rows whose second one is greater than 30
///     auto spec = MatchSpec::compile(from_json(R"([{"match": [{"var":1}, {"var":2}],
///                                                   "where": [[">", {"var":2}, 30]],
///                                                   "return": {"var":1}}])").value()).value();
///     ValueArray names = ValueTable().select(spec);
///
/// A specification is an array of clauses {"match": pattern, "where": [condition, ...], "return":
/// expression}. The first clause whose pattern fits and whose conditions all return exactly true
/// computes the result of a row. A condition that fails does not hold. Patterns:
/// table/match_pattern.hpp, conditions and results: table/match_expression.hpp. Source:
/// ets:match_spec_compile/1. Thread-safety: plain value.
class MatchSpec {
 public:
  /// Compiles a specification. Error: `invalid_argument`, naming the faulty part.
  static Result<MatchSpec> compile(const Value& clauses);
  /// Selects the rows that fit a pattern; the result is the row. Error as above.
  static Result<MatchSpec> rows_like(const Value& pattern);
  /// Selects the rows that fit a pattern; the result is the array of the pattern's variables. Error
  /// as above.
  static Result<MatchSpec> variables_of(const Value& pattern);

  /// Evaluates a specification row by row; reuses its memory. Thread-safety: none.
  class Run {
   public:
    explicit Run(const MatchSpec& spec) : spec_(&spec) {}
    /// Returns the result for a row; failed if there is none. Valid until the next call, and while
    /// the row is.
    table::MatchTerm operator()(const TableRow& row);

   private:
    const MatchSpec* spec_;
    table::Bindings bindings_;
    table::MatchScratch scratch_;
  };

  /// Returns the key of all rows that it can select if the pattern fixes it, or null; `key` is the
  /// key's position, from 0.
  [[nodiscard]] const Value* bound_key(std::size_t key) const;
  /// Returns whether each result certainly is a row with the key of its source row.
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
