// SPDX-License-Identifier: Apache-2.0
#include "table/row_limits.hpp"

#include <map>

#include <gtest/gtest.h>

#include "actor/process.hpp"
#include "core/limits.hpp"
#include "table/partitioned_table.hpp"
#include "table/table_service.hpp"
#include "transport/codec.hpp"

namespace kith {
namespace {

using table::check_key;
using table::check_name;
using table::check_row;

/// Returns a term of nested arrays.
Value nested(std::size_t levels) {
  Value term = 1;
  for (std::size_t i = 0; i < levels; ++i) term = ValueArray{std::move(term)};
  return term;
}

void refused(const Result<void>& result, std::size_t limit) {
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code(), ErrorCode::invalid_argument);
  EXPECT_NE(result.error().text().find(std::to_string(limit)), std::string::npos)
      << result.error().text();
}

TEST(RowLimits, AValueMayHaveAsManyBytesOnTheWireAsItsLimitAndNoMore) {
  constexpr std::size_t limit = limits::table_row_bytes_max;
  constexpr std::size_t head = 5;  // of a long text, array or bytes
  EXPECT_EQ(transport::encode_value(std::string(limit - head, 'x')).size(), limit);
  EXPECT_TRUE(check_row(std::string(limit - head, 'x')));
  refused(check_row(std::string(limit - head + 1, 'x')), limit);
  EXPECT_TRUE(check_row(Bytes(limit - head)));
  refused(check_row(Bytes(limit - head + 1)), limit);
  EXPECT_TRUE(check_row(Value::array({std::string(limit - head - 1, 'x')})));
  refused(check_row(Value::array({std::string(limit - head, 'x')})), limit);
  EXPECT_TRUE(check_row(Value::map({{"k", std::string(limit - head - 3, 'x')}})));
  refused(check_row(Value::map({{"k", std::string(limit - head - 2, 'x')}})), limit);
}

TEST(RowLimits, ManySmallTermsCountAsWhatTheyAreOnTheWire) {
  const ValueArray numbers(limits::decode_elements_max, Value(1));  // a byte each
  EXPECT_TRUE(check_row(numbers));
  ValueArray more = numbers;
  more.emplace_back(1);
  refused(check_row(more), limits::decode_elements_max);
}

TEST(RowLimits, AValueIsNestedAsDeepAsItsLimitAndNoDeeper) {
  EXPECT_TRUE(check_row(nested(limits::table_row_depth_max)));
  refused(check_row(nested(limits::table_row_depth_max + 1)), limits::table_row_depth_max);
  refused(check_key(nested(limits::table_row_depth_max + 1)), limits::table_row_depth_max);
}

TEST(RowLimits, WhatIsAcceptedCanBeReadInSixContainers) {
  Value answer = nested(limits::table_row_depth_max);
  for (int i = 0; i < 6; ++i) answer = ValueArray{std::move(answer)};
  EXPECT_TRUE(transport::decode_value(transport::encode_value(answer)));
  constexpr std::size_t head = 5;
  const std::string key(limits::key_size_bytes_max, 'k');
  const Value large = std::string(limits::table_row_bytes_max - head, 'x');
  EXPECT_TRUE(transport::decode_value(transport::encode_value(
      Value::map({{"event", "written"}, {"key", key}, {"row", large}, {"node", key}}))));
}

TEST(RowLimits, AKeyIsAsLongAsItsLimitAndNoLonger) {
  constexpr std::size_t limit = limits::key_size_bytes_max;
  EXPECT_TRUE(check_key(std::string(limit, 'x')));
  refused(check_key(std::string(limit + 1, 'x')), limit);
  EXPECT_TRUE(check_key(Bytes(limit)));
  refused(check_key(Bytes(limit + 1)), limit);
  EXPECT_TRUE(check_key(Value::array({std::string(limit - 4, 'x')})));
  refused(check_key(Value::array({std::string(limit - 3, 'x')})), limit);
}

TEST(RowLimits, ANameHasOneTo255Bytes) {
  EXPECT_TRUE(check_name(std::string(limits::name_size_bytes_max, 'x')));
  refused(check_name(std::string(limits::name_size_bytes_max + 1, 'x')),
          limits::name_size_bytes_max);
  refused(check_name(""), limits::name_size_bytes_max);
}

/// A shared table on a cluster of one node.
class SharedTable : public ::testing::Test, private cluster::PartitionRouter {
 protected:
  ManualClock clock;
  System system{{.workers = 0, .clock = &clock}};
  ServerRef<table::TableProtocol> service = table::TableService::start(system).value();
  PartitionedTable shared{system, *this, "t"};

  /// Returns the reply of the service as sent to another node.
  template <typename Request>
  auto ask(Request request) {
    return call(service, std::move(request));
  }
  std::vector<std::string> names() {
    std::vector<std::string> all;
    for (const auto& each : ask(table::TableList{.after = "", .limit = 1000}).value().tables) {
      all.push_back(each.name);
    }
    return all;
  }

 private:
  Result<Pid> primary(cluster::Service, std::string_view) const override { return service.pid(); }
  std::vector<Pid> everywhere(cluster::Service) const override { return {service.pid()}; }
};

constexpr std::size_t text_max = limits::table_row_bytes_max - 5;

TEST_F(SharedTable, WhatCouldNotBeReadFromAnotherNodeIsRefusedWhenItIsWritten) {
  EXPECT_TRUE(shared.put("k", std::string(text_max, 'x')));
  EXPECT_EQ(shared.get("k").value(), Value(std::string(text_max, 'x')));
  refused(shared.put("k", std::string(text_max + 1, 'y')), limits::table_row_bytes_max);
  refused(shared.put("k", nested(limits::decode_depth_max)), limits::table_row_depth_max);
  EXPECT_EQ(shared.get("k").value(), Value(std::string(text_max, 'x')));
}

TEST_F(SharedTable, ItsPrimaryRefusesTheSameFromOtherNodes) {
  const Value large = std::string(text_max + 1, 'x');
  const Value long_key = std::string(limits::key_size_bytes_max + 1, 'k');
  const auto code = [](const auto& result) { return result.error().code(); };
  EXPECT_EQ(code(ask(table::TablePut{"t", "k", large})), ErrorCode::invalid_argument);
  EXPECT_EQ(code(ask(table::TablePut{"t", long_key, 1})), ErrorCode::invalid_argument);
  EXPECT_EQ(code(ask(table::TableUpdateCounter{"t", long_key, 1, 0})), ErrorCode::invalid_argument);
  EXPECT_EQ(code(ask(table::TablePut{"", "k", 1})), ErrorCode::invalid_argument);
}

TEST_F(SharedTable, KeysThatAreTooLongAreRefusedByEachOperation) {
  const Value key = std::string(limits::key_size_bytes_max + 1, 'k');
  EXPECT_EQ(shared.get(key).error().code(), ErrorCode::invalid_argument);
  EXPECT_EQ(shared.put(key, 1).error().code(), ErrorCode::invalid_argument);
  EXPECT_EQ(shared.erase(key).error().code(), ErrorCode::invalid_argument);
  EXPECT_EQ(shared.update_counter(key, 1).error().code(), ErrorCode::invalid_argument);
  EXPECT_TRUE(shared.put(std::string(limits::key_size_bytes_max, 'k'), 1));
}

TEST_F(SharedTable, ATableIsThereAsLongAsItHasRows) {
  EXPECT_EQ(names(), std::vector<std::string>());
  EXPECT_EQ(shared.get("k").value(), std::nullopt);
  EXPECT_EQ(shared.erase("k").value(), std::nullopt);
  EXPECT_FALSE(shared.put("k", std::string(text_max + 1, 'x')));
  EXPECT_FALSE(shared.update_counter("k", 1, INT64_MAX));
  EXPECT_EQ(names(), std::vector<std::string>());  // neither reading nor a failure creates a table
  EXPECT_TRUE(shared.put("k", 1));
  EXPECT_TRUE(shared.put("l", 1));
  EXPECT_TRUE(shared.erase("k"));
  EXPECT_EQ(names(), std::vector<std::string>{"t"});
  EXPECT_TRUE(shared.erase("l"));
  EXPECT_EQ(names(), std::vector<std::string>());
}

TEST_F(SharedTable, ItsTablesAreListedInPagesByName) {
  for (const char* name : {"c", "a", "b"}) EXPECT_TRUE(ask(table::TablePut{name, "k", 1}));
  EXPECT_TRUE(ask(table::TablePut{"b", "l", 1}));
  const auto first = ask(table::TableList{.after = "", .limit = 2}).value();
  ASSERT_EQ(first.tables.size(), 2U);
  EXPECT_EQ(first.tables[1].name, "b");
  EXPECT_EQ(first.tables[1].rows, 2U);
  EXPECT_TRUE(first.more);
  const auto second = ask(table::TableList{.after = "b", .limit = 2}).value();
  ASSERT_EQ(second.tables.size(), 1U);
  EXPECT_EQ(second.tables[0].name, "c");
  EXPECT_FALSE(second.more);
}

}  // namespace
}  // namespace kith
