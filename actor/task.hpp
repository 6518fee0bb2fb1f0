#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>
#include <vector>

#include "actor/from.hpp"
#include "actor/process.hpp"
#include "actor/server_ref.hpp"

namespace kith {

namespace detail {

/// Runs a function once and answers the owner's request with what it gives.
template <typename F>
class TaskBody final : public ProcessBody {
 public:
  TaskBody(F f, Pid owner, Reference request)
      : f_(std::move(f)), owner_(owner), request_(request) {}
  void start() override {
    using R = std::invoke_result_t<F&>;
    const From<R> from(this_system(), self(), owner_, request_);
    if constexpr (std::is_void_v<R>) {
      (*f_)();
      from.reply();
    } else {
      from.reply((*f_)());
    }
  }
  void handle(MessagePointer) override {}
  [[nodiscard]] bool done() const override { return true; }

 private:
  std::optional<F> f_;
  Pid owner_;
  Reference request_;
};

/// Ends a task and waits until it has ended: "shutdown", after `patience` "kill".
void shut_down_task(Pid pid, Duration patience, bool linked);

}  // namespace detail

/// A function that runs in a process of its own and whose result is awaited by the process that
/// started it. Handles move; one that is dropped ignores the result. Source: Elixir's Task.
/// Thread-safety: belongs to the owner process.
template <typename R>
class Task {
 public:
  Task(Pid pid, Reference request, bool linked) : pid_(pid), request_(request), linked_(linked) {}
  Task(Task&& other) noexcept
      : pid_(other.pid_), request_(std::exchange(other.request_, {})), linked_(other.linked_) {}
  Task& operator=(Task&& other) noexcept {
    std::swap(pid_, other.pid_);
    std::swap(request_, other.request_);
    std::swap(linked_, other.linked_);
    return *this;
  }
  ~Task() {
    if (request_) detail::close_request(request_);
  }

  /// Waits for the result. Errors: `timeout` (the task goes on, its result will be dropped),
  /// `crashed` with the reason when it ended without one.
  Result<R> await(Duration timeout = limits::call_timeout_default) {
    return decode(detail::wait_reply(std::exchange(request_, {}), timeout, pid_));
  }
  /// The result if it comes in time, else nothing; the task may be asked again.
  std::optional<Result<R>> yield(Duration timeout) {
    if (!detail::wait_any_answer({request_}, timeout)) return std::nullopt;
    return await(Duration::zero());
  }
  /// The result if it is there, else ends the task and gives nothing. After `patience` it is
  /// killed.
  std::optional<Result<R>> shutdown(Duration patience = std::chrono::seconds(5)) {
    if (detail::has_answer(request_)) return await(Duration::zero());
    detail::shut_down_task(pid_, patience, linked_);
    std::optional<Result<R>> result;
    if (detail::has_answer(request_)) {
      Result<R> last = await(Duration::zero());
      if (last) result.emplace(std::move(last));
    }
    return result;
  }
  [[nodiscard]] Pid pid() const { return pid_; }
  [[nodiscard]] Reference reference() const { return request_; }

 private:
  Result<R> decode(Result<detail::SignalPointer> answer) {
    if (!answer) return answer.error();
    auto content = detail::content_as<detail::ReplyContentT<R>>(
        static_cast<detail::MessageSignal&>(**answer), detail::wire_format());
    if constexpr (std::is_void_v<R>) {
      if (!content) return content.error();
      return {};
    } else {
      return content;
    }
  }

  Pid pid_;
  Reference request_;
  bool linked_;
};

namespace detail {

template <typename F>
Task<std::invoke_result_t<F&>> start_task(F f, Bond bond) {
  const Reference request = open_request();
  const Result<Spawned> spawned =
      spawn_body(this_system(), std::make_unique<TaskBody<F>>(std::move(f), self(), request), {},
                 bond, {self(), request});
  return {spawned.value().pid, request, bond == Bond::link};
}

}  // namespace detail

/// Starts a task linked to the caller. Source: Task.async/1.
template <std::invocable F>
Task<std::invoke_result_t<F&>> async(F f) {
  return detail::start_task(std::move(f), detail::Bond::link);
}
/// Starts a task whose crash does not reach the caller other than as the error of `await`.
template <std::invocable F>
Task<std::invoke_result_t<F&>> async_nolink(F f) {
  return detail::start_task(std::move(f), detail::Bond::none);
}

/// Waits for all of them until one common deadline. Results in the order of the tasks.
template <typename R>
std::vector<Result<R>> await_many(std::vector<Task<R>>& tasks,
                                  Duration timeout = limits::call_timeout_default) {
  Clock& clock = detail::this_system().clock();
  const TimePoint deadline = timeout == infinite ? TimePoint::max() : clock.now() + timeout;
  std::vector<Result<R>> results;
  results.reserve(tasks.size());
  for (auto& task : tasks) {
    results.push_back(task.await(timeout == infinite ? infinite : deadline - clock.now()));
  }
  return results;
}

/// How `async_stream` runs.
struct StreamOptions {
  std::size_t max_concurrency = 0;                  ///< 0: one for each core
  Duration timeout = limits::call_timeout_default;  ///< for each task; then it is killed
  bool ordered = true;  ///< results in the order of the items, else as they come
};

namespace detail {

std::size_t default_concurrency();

/// Calls a function when the scope is left, also by unwinding.
template <typename F>
class AtExit {
 public:
  explicit AtExit(F f) : f_(std::move(f)) {}
  ~AtExit() { f_(); }
  AtExit(const AtExit&) = delete;
  AtExit& operator=(const AtExit&) = delete;

 private:
  F f_;
};

}  // namespace detail

/// Runs `f(item)` for each item in tasks of its own, at most so many at once, and gives the
/// results. A crash or time-out is the `Error` in its place. Source: Task.async_stream/3
/// (on_timeout: :kill_task). Inside a process; from a plain thread give a `System` or `Node` first.
template <typename Items, typename F>
auto async_stream(const Items& items, F f, StreamOptions options = {}) {
  using R = std::invoke_result_t<F&, decltype(*std::begin(items))>;
  if (options.max_concurrency == 0) options.max_concurrency = detail::default_concurrency();
  struct Running {
    std::size_t index;
    Task<R> task;
    TimePoint deadline;
  };
  Clock& clock = detail::this_system().clock();
  std::vector<std::optional<Result<R>>> slots;
  std::vector<Result<R>> results;
  std::deque<Running> running;
  const detail::AtExit end_the_rest([&running] {
    for (const Running& each : running) exit(each.task.pid(), "kill");
  });
  const auto shared_f = std::make_shared<F>(std::move(f));  // a killed owner's tasks may live on
  auto next = std::begin(items);
  const auto finish = [&](std::size_t index, Result<R> result) {
    if (options.ordered)
      slots[index].emplace(std::move(result));
    else
      results.push_back(std::move(result));
  };
  while (next != std::end(items) || !running.empty()) {
    while (next != std::end(items) && running.size() < options.max_concurrency) {
      const TimePoint deadline =
          options.timeout == infinite ? TimePoint::max() : clock.now() + options.timeout;
      running.push_back({slots.size(),
                         async_nolink([shared_f, item = *next] { return (*shared_f)(item); }),
                         deadline});
      slots.emplace_back();
      ++next;
    }
    std::vector<Reference> requests;
    TimePoint first = TimePoint::max();
    for (const Running& each : running) {
      requests.push_back(each.task.reference());
      first = std::min(first, each.deadline);
    }
    detail::wait_any_answer(requests, first == TimePoint::max() ? infinite : first - clock.now());
    for (auto it = running.begin(); it != running.end();) {
      if (detail::has_answer(it->task.reference())) {
        finish(it->index, it->task.await(Duration::zero()));
      } else if (it->deadline <= clock.now()) {
        detail::shut_down_task(it->task.pid(), Duration::zero(), false);
        finish(it->index, Error(ErrorCode::timeout, "the task did not end in time"));
      } else {
        ++it;
        continue;
      }
      it = running.erase(it);
    }
  }
  for (auto& slot : slots) {
    if (slot) results.push_back(std::move(*slot));
  }
  return results;
}
template <HasSystem S, typename Items, typename F>
auto async_stream(S& owner, const Items& items, F f, StreamOptions options = {}) {
  return detail::in_process(&owner.system(),
                            [&] { return async_stream(items, std::move(f), options); });
}

}  // namespace kith
