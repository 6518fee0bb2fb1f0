#pragma once

#include <concepts>
#include <utility>
#include <vector>

#include "actor/task.hpp"
#include "resilience/stage.hpp"

namespace kith::detail {

/// A request that runs in processes of its own, which are killed when this is dropped. They do not
/// outlive it, but when the calling process is killed, which may not wait for them: then they run
/// for another instant. Thread-safety: belongs to its process.
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
  /// The result of the first that ends, of which nothing is known any more then.
  std::optional<Returned> first(Duration timeout) {
    auto ended = yield_first(tasks_, timeout);
    if (!ended) return std::nullopt;
    tasks_.erase(tasks_.begin() + static_cast<std::ptrdiff_t>(ended->first));
    if (!ended->second) return ended->second.error();
    return std::move(*ended->second);
  }
  /// Ends all and waits for it.
  void end() {
    for (auto& task : tasks_) static_cast<void>(task.shutdown(brutal_kill));
    tasks_.clear();
  }
  [[nodiscard]] bool none() const { return tasks_.empty(); }

 private:
  std::vector<Task<Returned>> tasks_;
};

}  // namespace kith::detail
