// SPDX-License-Identifier: Apache-2.0
#include "table/match_spec.hpp"

#include <algorithm>
#include <utility>

namespace kith {

Result<MatchSpec::Clause> MatchSpec::compile_clause(const Value& pattern,
                                                    const ValueArray& conditions,
                                                    const Value& result) {
  auto compiled = table::MatchPattern::compile(pattern);
  if (!compiled) return compiled.error();
  std::vector<table::MatchExpression> all;
  for (const Value& condition : conditions) {
    auto expression = table::MatchExpression::compile(condition, *compiled);
    if (!expression) return expression.error();
    all.push_back(std::move(*expression));
  }
  auto expression = table::MatchExpression::compile(result, *compiled);
  if (!expression) return expression.error();
  return Clause{pattern, std::move(*compiled), std::move(all), std::move(*expression)};
}

Result<MatchSpec> MatchSpec::compile(const Value& clauses) {
  const auto refused = [](const char* why) { return Error(ErrorCode::invalid_argument, why); };
  const auto* const list = clauses.get_if<ValueArray>();
  if (list == nullptr) return refused("a match specification is an array of clauses");
  MatchSpec spec;
  for (const Value& each : *list) {
    const Value* const pattern = each.find("match");
    const Value* const where = each.find("where");
    const Value* const result = each.find("return");
    if (pattern == nullptr || result == nullptr) {
      return refused(R"(a clause is an object with "match", "where" and "return")");
    }
    static const ValueArray none;
    const auto* const conditions = where == nullptr ? &none : where->get_if<ValueArray>();
    if (conditions == nullptr) return refused(R"("where" is an array of conditions)");
    auto clause = compile_clause(*pattern, *conditions, *result);
    if (!clause) return clause.error();
    spec.clauses_.push_back(std::move(*clause));
  }
  return spec;
}

Result<MatchSpec> MatchSpec::of_one(const Value& pattern, const char* result) {
  auto clause = compile_clause(pattern, {}, Value::map({{result, true}}));
  if (!clause) return clause.error();
  MatchSpec spec;
  spec.clauses_.push_back(std::move(*clause));
  return spec;
}

Result<MatchSpec> MatchSpec::rows_like(const Value& pattern) {
  return of_one(pattern, "row");
}
Result<MatchSpec> MatchSpec::variables_of(const Value& pattern) {
  return of_one(pattern, "vars");
}

table::MatchTerm MatchSpec::Run::operator()(const TableRow& row) {
  for (const Clause& clause : spec_->clauses_) {
    if (!clause.pattern.fits(row, bindings_)) continue;
    const bool holds = std::ranges::all_of(clause.conditions, [&](const auto& condition) {
      return condition.evaluate(bindings_, scratch_).is(true);
    });
    if (holds) return clause.result.evaluate(bindings_, scratch_);
  }
  return {};
}

const Value* MatchSpec::bound_key(std::size_t key) const {
  return clauses_.size() == 1 ? clauses_.front().pattern.literal_at(key) : nullptr;
}

bool MatchSpec::keeps_keys(std::size_t key) const {
  return std::ranges::all_of(clauses_, [&](const Clause& clause) {
    return clause.result.keeps_key(clause.pattern_source, key);
  });
}

}  // namespace kith
