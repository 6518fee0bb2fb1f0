// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cstdint>
#include <deque>
#include <numeric>
#include <ranges>
#include <vector>

#include "actor/task.hpp"
#include "bench/bench.hpp"
#include "bench/idle_server.hpp"
#include "supervision/task_supervisor.hpp"

namespace kith::bench {
namespace {

using Numbers = std::vector<std::uint64_t>;

struct Square {
  std::uint64_t of;
  std::uint64_t is;
};

Numbers numbers_up_to(Count n) {
  Numbers numbers(n);
  std::iota(numbers.begin(), numbers.end(), std::uint64_t{1});
  return numbers;
}

std::uint64_t square(std::uint64_t x) {
  return x * x;
}

double fan_out(Count n) {
  return seconds_of([n] {
    for (std::uint64_t i = 0; i < n; ++i) {
      spawn([i, owner = self()] { send(owner, Square{i, i * i}).value(); });
    }
    receive_all<Square>(n);
  });
}

double stream(Count n, const StreamOptions& options) {
  const Numbers numbers = numbers_up_to(n);
  return seconds_of([&] {
    for (const auto& result : async_stream(numbers, square, options).value()) must(result);
  });
}

/// Streams tasks of a supervisor, at most 64 at a time, with results in order.
double supervised_stream(Count n) {
  const auto supervisor = TaskSupervisor::start_link().value();
  const Numbers numbers = numbers_up_to(n);
  const StreamOptions options{.max_concurrency = 64, .linked = false};
  return seconds_of([&] {
    const auto results = supervisor.async_stream(numbers, square, options);
    for (const auto& result : results.value()) must(result);
  });
}

double await_all(Count n) {
  return seconds_of([n] {
    std::vector<Task<std::uint64_t>> tasks;
    for (std::uint64_t i = 1; i <= n; ++i) tasks.push_back(async([i] { return square(i); }));
    must(await_many(tasks, infinite));
  });
}

double map_in_two_halves(Count n) {
  const Numbers numbers = numbers_up_to(n);
  return seconds_of([&] {
    const auto half = static_cast<std::ptrdiff_t>(n / 2);
    const auto map = [](auto begin, auto end) {
      return async([begin, end] {
        Numbers squares(static_cast<Count>(end - begin));
        std::ranges::transform(begin, end, squares.begin(), square);
        return squares;
      });
    };
    auto first = map(numbers.begin(), numbers.begin() + half);
    auto second = map(numbers.begin() + half, numbers.end());
    Numbers all = first.await(infinite).value();
    const Numbers rest = second.await(infinite).value();
    all.insert(all.end(), rest.begin(), rest.end());
  });
}

}  // namespace

/// w5: work spread over N processes, with the results collected by one.
void tasks(const Bench& bench) {
  const Count n = bench.count(1e5);
  bench.rate_1_2("w5.fanout_spawn", "task/s", n, fan_out);
  bench.rate("w5.pmap_2workers_chunked", "elem/s", 2, n * 10, map_in_two_halves);
  bench.rate_1_2("w5.async_stream_default", "task/s", n,
                 [](Count all) { return stream(all, {.max_concurrency = 2}); });
  bench.rate_1_2("w5.async_stream_1000_unordered", "task/s", n, [](Count all) {
    return stream(all, {.max_concurrency = 1000, .ordered = false});
  });
  bench.rate_1_2("w5.task_async_await_many", "task/s", n, await_all);
  bench.rate_1_2("w5.task_supervisor_stream_nolink64", "task/s", n, supervised_stream);
}

}  // namespace kith::bench
