// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "actor/task.hpp"

/// Functions that wait for several tasks.
namespace kith {

/// Waits for all tasks and returns their results in the same order. Fails with the error of the
/// first task that ends without a result, or with `timeout`; the results of the others are then
/// ignored. Errors: as `Task::await`. Source: Task.await_many/2.
template <typename R>
  requires(!std::is_void_v<R>)
Result<std::vector<R>> await_many(std::vector<Task<R>>& tasks,
                                  Duration timeout = limits::call_timeout_default) {
  Clock& clock = detail::this_system().clock();
  const TimePoint deadline = deadline_after(clock.now(), timeout);
  std::map<Reference, std::size_t> awaited;
  std::vector<std::optional<R>> values(tasks.size());
  for (std::size_t i = 0; i < tasks.size(); ++i) awaited.emplace(tasks[i].reference(), i);
  const auto forget_all = [&] {
    for (const auto& [reference, place] : awaited) demonitor(reference, true);
  };
  const auto accepts = [&](detail::MessageSignal& message) {
    const auto task = detail::task_of<R>(message);
    return task && awaited.contains(*task);
  };
  while (!awaited.empty()) {
    const Duration left = timeout == infinite ? infinite : deadline - clock.now();
    auto news = detail::news_of<R>(detail::receive_accepted(accepts, left));
    if (!news.result) {
      forget_all();
      if (news.down) return detail::task_error(news.down->reason);
      return detail::task_timeout(tasks[awaited.begin()->second].pid(), timeout);
    }
    const auto it = awaited.find(news.result->task);
    demonitor(it->first, true);
    values[it->second].emplace(std::move(news.result->value));
    awaited.erase(it);
  }
  std::vector<R> all;
  all.reserve(values.size());
  for (auto& value : values) all.push_back(std::move(*value));
  return all;
}

/// Waits for all tasks until one common deadline and returns their results in the same order:
/// nullopt for those that have not ended, for which it may be called again.
/// Source: Task.yield_many/2.
template <typename R>
std::vector<std::optional<Result<R>>> yield_many(std::vector<Task<R>>& tasks, Duration timeout) {
  Clock& clock = detail::this_system().clock();
  const TimePoint deadline = deadline_after(clock.now(), timeout);
  std::vector<std::optional<Result<R>>> results;
  results.reserve(tasks.size());
  for (auto& task : tasks) {
    results.push_back(task.yield(timeout == infinite ? infinite : deadline - clock.now()));
  }
  return results;
}

/// Waits for the first task that ends and returns its index and its result or error (`crashed`);
/// nullopt after `timeout`. Source: Task.yield_many/2, `:limit`.
template <typename R>
  requires(!std::is_void_v<R>)
std::optional<std::pair<std::size_t, Result<R>>> yield_first(std::vector<Task<R>>& tasks,
                                                             Duration timeout) {
  const auto place_of = [&](std::optional<Reference> reference) {
    return std::ranges::find(tasks, reference, &Task<R>::reference) - tasks.begin();
  };
  const auto accepts = [&](detail::MessageSignal& message) {
    return std::cmp_less(place_of(detail::task_of<R>(message)), tasks.size());
  };
  auto news = detail::news_of<R>(detail::receive_accepted(accepts, timeout));
  if (!news.result && !news.down) return std::nullopt;
  const Reference reference = news.result ? news.result->task : news.down->reference;
  demonitor(reference, true);
  const auto place = static_cast<std::size_t>(place_of(reference));
  if (news.down) return std::pair(place, Result<R>(detail::task_error(news.down->reason)));
  return std::pair(place, Result<R>(std::move(news.result->value)));
}

}  // namespace kith
