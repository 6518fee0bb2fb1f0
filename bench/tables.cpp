// SPDX-License-Identifier: Apache-2.0
#include <string>
#include <thread>
#include <vector>

#include "bench/bench.hpp"
#include "core/value_json.hpp"
#include "table/ordered_table.hpp"
#include "table/table.hpp"
#include "table/value_table.hpp"

namespace kith::bench {
namespace {

/// Draws keys with the generator of the peers, which gives the same keys in the same order.
std::int64_t next_random(std::int64_t seed) {
  return seed * 16807 % 2147483647;
}

/// Runs `f(number)` on N threads that start together, and returns the seconds until all have ended.
template <typename F>
double on_threads(int threads, F f) {
  std::atomic<bool> go = false;
  std::vector<std::jthread> running;
  for (int i = 1; i < threads; ++i) {
    running.emplace_back([&go, &f, i] {
      while (!go) std::this_thread::yield();
      f(i + 1);
    });
  }
  return seconds_of([&] {
    go = true;
    f(1);
    running.clear();
  });
}

/// Measures the items of one type of table, as the peers' ets_type does.
template <typename Table>
void type_on(const Bench& bench, const std::string& type, int threads, std::int64_t keys) {
  const auto item = [&](const char* operation) {
    return "w7.ets_" + type + "_" + operation + "_" + std::to_string(threads) + "t";
  };
  const auto report = [&](const char* operation, double seconds) {
    if (!bench.wants(item(operation))) return;
    bench.report(item(operation), "op/s", static_cast<double>(keys) / seconds);
  };
  Table table;
  const std::int64_t each = keys / threads;
  report("insert_seq", on_threads(threads, [&](int number) {
           const std::int64_t first = (number - 1) * each;
           for (std::int64_t i = 0; i < each; ++i) must(table.insert(first + i, each - i));
         }));
  report("lookup_rand", on_threads(threads, [&](int number) {
           std::int64_t seed = number * 7919;
           for (std::int64_t i = 0; i < each; ++i) {
             seed = next_random(seed);
             if (!table.lookup(seed % keys)) std::abort();
           }
         }));
  report("overwrite_rand", on_threads(threads, [&](int number) {
           std::int64_t seed = number * 104729;
           for (std::int64_t i = 0; i < each; ++i) {
             seed = next_random(seed);
             must(table.insert(seed % keys, i));
           }
         }));
  report("update_counter_rand", on_threads(threads, [&](int number) {
           std::int64_t seed = number * 15485863;
           for (std::int64_t i = 0; i < each; ++i) {
             seed = next_random(seed);
             must(table.update_counter(seed % keys, 1, 0));
           }
         }));
  report("update_counter_1key", on_threads(threads, [&](int) {
           for (std::int64_t i = 0; i < each; ++i) must(table.update_counter(1, 1, 0));
         }));
}

void text_keys(const Bench& bench, std::int64_t keys) {
  std::vector<std::string> names;
  for (std::int64_t i = 1; i <= keys; ++i) names.push_back("user:session:" + std::to_string(i));
  Table<std::string, std::int64_t> table;
  const double inserting = seconds_of([&] {
    for (std::int64_t i = keys; i > 0; --i) {
      must(table.insert(names[static_cast<std::size_t>(i - 1)], i));
    }
  });
  bench.report("w7.ets_set_insert_binkey_1t", "op/s", static_cast<double>(keys) / inserting);
  const double looking = seconds_of([&] {
    std::int64_t seed = 7919;
    for (std::int64_t i = 0; i < keys; ++i) {
      seed = next_random(seed);
      if (!table.lookup(names[static_cast<std::size_t>(seed % keys)])) std::abort();
    }
  });
  bench.report("w7.ets_set_lookup_binkey_1t", "op/s", static_cast<double>(keys) / looking);
}

/// Measures a match specification that selects a tenth of the rows of a table of terms.
void selecting(const Bench& bench) {
  ValueTable table;
  constexpr std::int64_t rows = 100'000;
  for (std::int64_t i = 0; i < rows; ++i) must(table.insert({i, i % 10, "text"}));
  const auto spec = MatchSpec::compile(*from_json(
      R"([{"match": [{"var":1}, {"var":2}, {"any":true}],
           "where": [["==", {"var":2}, 3]], "return": {"var":1}}])"));
  const double seconds = seconds_of([&] {
    for (int i = 0; i < 10; ++i) {
      if (table.select(*spec).size() != rows / 10) std::abort();
    }
  });
  bench.report("table_select_1e5_rows", "row/s", 10.0 * rows / seconds);
}

}  // namespace

/// w7: tables.
void tables(const Bench& bench) {
  if (!bench.wants("w7.ets_") && !bench.wants("table_select_1e5_rows")) return;
  const auto keys = static_cast<std::int64_t>(bench.count(1e6));
  for (const int threads : {1, 2}) {
    type_on<Table<std::int64_t, std::int64_t>>(bench, "set", threads, keys);
  }
  text_keys(bench, keys / 4);
  for (const int threads : {1, 2}) {
    type_on<OrderedTable<std::int64_t, std::int64_t>>(bench, "ordered_set", threads, keys);
  }
  selecting(bench);
}

}  // namespace kith::bench
