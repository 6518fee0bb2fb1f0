// SPDX-License-Identifier: Apache-2.0
#include "table/match_spec.hpp"

#include <gtest/gtest.h>

#include "core/value_json.hpp"

namespace kith {
namespace {

Value json(const std::string& text) {
  return from_json(text).value();
}

/// Evaluates an expression for the row [7, "text", [1, 2], {"a": 1}] and the pattern
/// [{"var":1}, {"var":2}, {"var":3}, {"any":true}].
std::optional<Value> result_of(const std::string& expression) {
  const auto spec = MatchSpec::compile(json(
      R"([{"match":[{"var":1},{"var":2},{"var":3},{"any":true}],"return":)" + expression + "}]"));
  if (!spec) return std::nullopt;
  MatchSpec::Run run(*spec);
  const TableRow row = *json(R"([7,"text",[1,2],{"a":1}])").get_if<ValueArray>();
  const auto result = run(row);
  return result.failed() ? Value("failed") : result.copy();
}

bool refuses(const std::string& clauses) {
  return !MatchSpec::compile(json(clauses));
}

TEST(MatchSpecs, ComputeAsErlangDoes) {
  EXPECT_EQ(result_of(R"(["+",{"var":1},0.5])"), Value(7.5));
  EXPECT_EQ(result_of(R"(["/",{"var":1},2])"), Value(3.5));
  EXPECT_EQ(result_of(R"(["div",["-",{"var":1}],2])"), Value(-3));
  EXPECT_EQ(result_of(R"(["rem",["-",{"var":1}],4])"), Value(-3));
  EXPECT_EQ(result_of(R"(["+",{"var":1}])"), Value(7));
  EXPECT_EQ(result_of(R"(["+",{"var":2}])"), Value("failed"));
  EXPECT_EQ(result_of(R"(["and",true])"), Value(true));
  EXPECT_EQ(result_of(R"(["or",false])"), Value(false));
  EXPECT_EQ(result_of(R"(["bsl",{"var":1},2])"), Value(28));
  EXPECT_EQ(result_of(R"(["bsr",-1,100])"), Value(-1));
  EXPECT_EQ(result_of(R"(["==",{"const":[1,2.0]},{"var":3}])"), Value(true));
  EXPECT_EQ(result_of(R"(["===",{"const":[1,2.0]},{"var":3}])"), Value(false));
  EXPECT_EQ(result_of(R"(["<",{"var":1},{"var":2}])"), Value(true));
  EXPECT_EQ(result_of(R"(["element",2,{"row":true}])"), Value("text"));
  EXPECT_EQ(result_of(R"(["is_array",{"row":true}])"), Value(false));
  EXPECT_EQ(result_of(R"(["array",{"var":1},["tl",{"var":3}]])"), json("[7,[2]]"));
  EXPECT_EQ(result_of(R"({"vars":true})"), json(R"([7,"text",[1,2]])"));
}

TEST(MatchSpecs, WhatCannotBeComputedFailsWithoutEndingTheSelection) {
  EXPECT_EQ(result_of(R"(["+",{"var":2},1])"), Value("failed"));
  EXPECT_EQ(result_of(R"(["div",{"var":1},0])"), Value("failed"));
  EXPECT_EQ(result_of(R"(["*",9223372036854775807,2])"), Value("failed"));
  EXPECT_EQ(result_of(R"(["abs",-9223372036854775808])"), Value("failed"));
  EXPECT_EQ(result_of(R"(["bsl",1,63])"), Value("failed"));
  EXPECT_EQ(result_of(R"(["hd",[]])"), Value("failed"));
  EXPECT_EQ(result_of(R"(["element",9,{"row":true}])"), Value("failed"));
}

TEST(MatchSpecs, EvaluateInTurnOnlyAsFarAsNeeded) {
  EXPECT_EQ(result_of(R"(["orelse",true,["hd",[]]])"), Value(true));
  EXPECT_EQ(result_of(R"(["andalso",false,["hd",[]]])"), Value(false));
  EXPECT_EQ(result_of(R"(["or",true,["hd",[]]])"), Value("failed"));
  EXPECT_EQ(result_of(R"(["andalso",true,7])"), Value("failed"));
}

TEST(MatchSpecs, AreRefusedWithoutATableWhenTheyCannotBeRight) {
  EXPECT_TRUE(refuses(R"({"match":[]})"));
  EXPECT_TRUE(refuses(R"([{"match":[1]}])"));
  EXPECT_TRUE(refuses(R"([{"match":7,"return":true}])"));
  EXPECT_TRUE(refuses(R"([{"match":[{"var":1}],"return":{"var":2}}])"));
  EXPECT_TRUE(refuses(R"([{"match":[{"var":1}],"return":["no_such",1]}])"));
  EXPECT_TRUE(refuses(R"([{"match":[{"var":1}],"return":["abs",1,2]}])"));
  EXPECT_TRUE(refuses(R"([{"match":[{"var":1}],"where":true,"return":true}])"));
  EXPECT_TRUE(refuses(R"([{"match":[{"var":1,"any":true}],"return":true}])"));
  EXPECT_FALSE(refuses("[]"));
}

TEST(MatchSpecs, AVariableIsTheSameEverywhereInTheRow) {
  const auto spec = MatchSpec::rows_like(json(R"([{"var":1},[{"var":1},{"any":true}]])")).value();
  MatchSpec::Run run(spec);
  const TableRow fits = *json("[1,[1,2]]").get_if<ValueArray>();
  const TableRow differs = *json("[1,[1.0,2]]").get_if<ValueArray>();
  EXPECT_FALSE(run(fits).failed());
  EXPECT_TRUE(run(differs).failed());
}

}  // namespace
}  // namespace kith
