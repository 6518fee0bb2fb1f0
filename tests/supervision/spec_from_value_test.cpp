// SPDX-License-Identifier: Apache-2.0
#include "supervision/spec_from_value.hpp"

#include <chrono>
#include <string>

#include <gtest/gtest.h>

namespace kith {
namespace {

using namespace std::chrono_literals;

ChildStart nothing() {
  return [] { return Result<Pid>(Pid{}); };
}

Result<ChildSpec> spec(ValueMap fields) {
  return child_spec_from_value(Value(std::move(fields)), nothing());
}

TEST(SpecFromValue, FillsInTheDefaultsOfAWorker) {
  const ChildSpec read = spec({{"id", "a"}}).value();
  EXPECT_EQ(read.id, "a");
  EXPECT_EQ(read.restart, Restart::permanent);
  EXPECT_EQ(read.shutdown, 5s);
  EXPECT_FALSE(read.is_supervisor);
  EXPECT_FALSE(read.significant);
}

TEST(SpecFromValue, GivesASupervisorAllTheTimeItNeeds) {
  EXPECT_EQ(spec({{"id", "a"}, {"type", "supervisor"}}).value().shutdown, infinite);
}

TEST(SpecFromValue, ReadsWhatItWrites) {
  const ValueMap fields{{"id", "a"},
                        {"restart", "transient"},
                        {"shutdown", "brutal_kill"},
                        {"type", "worker"},
                        {"significant", true}};
  EXPECT_EQ(child_spec_to_value(spec(fields).value()), Value(fields));
}

TEST(SpecFromValue, NamesTheFieldThatIsWrong) {
  const ValueMap wrong[] = {{{"restart", "sometimes"}},
                            {{"shutdown", -1}},
                            {{"type", "worrker"}},
                            {{"significant", "yes"}},
                            {{"id", ""}}};
  for (const ValueMap& each : wrong) {
    ValueMap fields{{"id", "a"}};
    const std::string name = each.begin()->first;
    fields[name] = each.begin()->second;
    const auto read = spec(fields);
    ASSERT_FALSE(read) << name;
    EXPECT_EQ(read.error().code(), ErrorCode::invalid_argument);
    EXPECT_NE(read.error().text().find("'" + name + "'"), std::string::npos) << read.error().text();
  }
}

TEST(SpecFromValue, RefusesFlagsThatAreNone) {
  EXPECT_FALSE(supervisor_options_from_value(Value(ValueMap{{"strategy", "one_for_none"}})));
  EXPECT_FALSE(supervisor_options_from_value(Value(ValueMap{{"max_restarts", -1}})));
  EXPECT_FALSE(supervisor_options_from_value(Value(ValueMap{{"max_seconds", 0}})));
  EXPECT_FALSE(dynamic_supervisor_options_from_value(Value(ValueMap{{"strategy", "one_for_all"}})));
  EXPECT_FALSE(dynamic_supervisor_options_from_value(Value(ValueMap{{"max_children", -1}})));
  EXPECT_TRUE(supervisor_options_from_value(Value(ValueMap{{"strategy", "rest_for_one"}})));
}

}  // namespace
}  // namespace kith
