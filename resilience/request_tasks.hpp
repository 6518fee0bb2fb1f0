// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <concepts>
#include <utility>
#include <vector>

#include "actor/task.hpp"
#include "resilience/stage.hpp"

namespace kith::detail {

/// Runs attempts of a request in their own processes and kills them in its destructor. `end` also
/// waits for them; a killed caller cannot wait, so they may outlive it for a moment. Thread-safety:
/// belongs to its process.
template <typename Returned>
class RequestTasks {
 public:
  RequestTasks() = default;
  RequestTasks(const RequestTasks&) = delete;
  RequestTasks& operator=(const RequestTasks&) = delete;
  ~RequestTasks() {
    for (const auto& task : tasks_) exit(task.pid(), "kill");
  }

  template <std::invocable F>
  void start(F request) {
    tasks_.push_back(
        async_nolink([request = std::move(request)]() mutable { return attempt(request); }));
  }
  /// Returns the result of the first attempt that ends, and removes that attempt; nullopt after
  /// `timeout`.
  std::optional<Returned> first(Duration timeout) {
    auto ended = yield_first(tasks_, timeout);
    if (!ended) return std::nullopt;
    tasks_.erase(tasks_.begin() + static_cast<std::ptrdiff_t>(ended->first));
    if (!ended->second) return ended->second.error();
    return std::move(*ended->second);
  }
  /// Kills all attempts and waits for their end.
  void end() {
    for (auto& task : tasks_) static_cast<void>(task.shutdown(brutal_kill));
    tasks_.clear();
  }
  [[nodiscard]] bool none() const { return tasks_.empty(); }

 private:
  std::vector<Task<Returned>> tasks_;
};

}  // namespace kith::detail
