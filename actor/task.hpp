// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <concepts>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>
#include <variant>

#include "actor/process.hpp"
#include "actor/server_ref.hpp"

namespace kith {

/// The message that a task sends to its owner when it has finished. Instead of waiting, a server
/// that starts tasks may handle it as any message (`handle_info(const TaskResult<R>&)`, and `Down`
/// for a task that failed).
/// Source: Elixir's Task.Supervisor.async_nolink/3, "Compatibility with OTP behaviours".
template <typename R>
struct TaskResult {
  Reference task;  ///< `Task::reference()`
  R value;
};
template <>
struct TaskResult<void> {
  Reference task;
};

namespace detail {

/// Runs a function once and sends its result to the owner.
template <typename F>
class TaskBody final : public ProcessBody {
 public:
  TaskBody(F f, Alias owner) : f_(std::move(f)), owner_(owner) {}
  void start() override {
    using R = std::invoke_result_t<F&>;
    if constexpr (std::is_void_v<R>) {
      (*f_)();
      static_cast<void>(send(owner_, TaskResult<void>{owner_.reference}));
    } else {
      static_cast<void>(send(owner_, TaskResult<R>{owner_.reference, (*f_)()}));
    }
  }
  void handle(MessagePointer) override {}
  [[nodiscard]] bool runs_once() const override { return true; }

 private:
  std::optional<F> f_;
  Alias owner_;
};

/// The message about a task that was found in the owner's mailbox, if any.
template <typename R>
struct TaskNews {
  std::optional<TaskResult<R>> result;
  std::optional<Down> down;
};

/// Returns the task whose result or end the message reports; nullopt for other messages.
template <typename R>
std::optional<Reference> task_of(MessageSignal& message) {
  if (message.type() == typeid(TaskResult<R>)) {
    return static_cast<TaskResult<R>*>(message.content())->task;
  }
  if (message.type() == typeid(Down)) return static_cast<Down*>(message.content())->reference;
  return std::nullopt;
}

template <typename R>
TaskNews<R> news_of(const MessagePointer& message) {
  TaskNews<R> news;
  if (!message) return news;
  if (message->type() == typeid(Down)) {
    news.down.emplace(std::move(*static_cast<Down*>(message->content())));
  } else {
    news.result.emplace(std::move(*static_cast<TaskResult<R>*>(message->content())));
  }
  return news;
}

/// Waits for the first message about a task and takes it.
template <typename R>
TaskNews<R> receive_task_news(Reference task, Duration timeout) {
  return news_of<R>(receive_news(task, timeout));
}
/// Takes such a message without waiting; also allowed while the process is being unwound.
template <typename R>
TaskNews<R> take_task_news(Reference task) {
  return news_of<R>(take_news(task));
}

/// Ends a process with "shutdown", after `timeout` with "kill" (`brutal_kill`: at once). Returns
/// its exit reason.
ExitReason end_task(Pid pid, Duration timeout);
/// Returns the error of a task that ended with this reason.
Error task_error(const ExitReason& reason);
Error task_timeout(Pid task, Duration timeout);
/// Returns the error of ending or ignoring a completed task.
Error not_a_process();

}  // namespace detail

/// Runs a function in a process of its own; its owner, the process that started it, awaits the
/// result.
///
///     system.run([] {
///       auto answer = async([] { return 6 * 7; });  // runs at the same time
///       const int value = answer.await(5s).value();
///     });
///
/// The result arrives as a `TaskResult` message and the end of a task as a `Down`; `await` and the
/// other functions take these out of the mailbox. Destroying the handle ignores the result.
/// Source: Elixir's Task. Thread-safety: belongs to the owner process.
template <typename R>
class Task {
 public:
  Task(Pid pid, Reference reference) : pid_(pid), reference_(reference) {}
  /// Returns a task that has already finished and has no process: its result is in the mailbox at
  /// once. Source: Task.completed/1.
  static Task completed(std::conditional_t<std::is_void_v<R>, std::monostate, R> value) {
    const Alias here = make_alias(true);
    if constexpr (std::is_void_v<R>) {
      static_cast<void>(send(here, TaskResult<void>{here.reference}));
    } else {
      static_cast<void>(send(here, TaskResult<R>{here.reference, std::move(value)}));
    }
    return {Pid{}, here.reference};
  }
  Task(Task&& other) noexcept : pid_(other.pid_), reference_(std::exchange(other.reference_, {})) {}
  Task& operator=(Task&& other) noexcept {
    std::swap(pid_, other.pid_);
    std::swap(reference_, other.reference_);
    return *this;
  }
  ~Task() {
    if (reference_) forget();
  }

  /// Waits for the result. Errors: `timeout` (the task continues, its result will be dropped),
  /// `crashed` with the reason if it ended without a result. Source: Task.await/2.
  Result<R> await(Duration timeout = limits::call_timeout_default) {
    auto news = detail::receive_task_news<R>(reference_, timeout);
    if (!news.down) forget();
    if (news.result) return value_of(std::move(*news.result));
    if (news.down) return detail::task_error(news.down->reason);
    return detail::task_timeout(pid_, timeout);
  }
  /// Waits for the result; nullopt after `timeout`, and then it may be called again.
  /// Error: `crashed`. Source: Task.yield/2.
  std::optional<Result<R>> yield(Duration timeout) {
    auto news = detail::receive_task_news<R>(reference_, timeout);
    if (news.result) {
      forget();
      return value_of(std::move(*news.result));
    }
    if (news.down) return detail::task_error(news.down->reason);
    return std::nullopt;
  }
  /// Unlinks the task, ends it with "shutdown", after `timeout` with "kill" (`brutal_kill`: at
  /// once), and waits for its end. Returns the result if it arrived before that, nullopt if the
  /// task ended as requested. Errors: `crashed` if it had ended before or ended for another reason,
  /// `invalid_argument` for a completed task, which has no process. Source: Task.shutdown/2.
  std::optional<Result<R>> shutdown(Duration timeout = std::chrono::seconds(5)) {
    if (!pid_) return detail::not_a_process();
    unlink(pid_);
    const ExitReason ended = detail::end_task(pid_, timeout);
    auto news = detail::take_task_news<R>(reference_);
    forget();
    if (news.result) return value_of(std::move(*news.result));
    const ExitReason& reason = news.down ? news.down->reason : ended;
    const char* const asked = timeout == brutal_kill ? "killed" : "shutdown";
    if (reason == Value(asked)) return std::nullopt;
    return detail::task_error(reason);
  }
  /// Unlinks the task, which continues, and ignores its result. Returns the result if it has
  /// already arrived, else nullopt. Errors: as `shutdown`. Source: Task.ignore/1.
  std::optional<Result<R>> ignore() {
    auto news = detail::take_task_news<R>(reference_);
    if (!pid_) return detail::not_a_process();
    unlink(pid_);
    forget();
    if (news.result) return value_of(std::move(*news.result));
    if (news.down) return detail::task_error(news.down->reason);
    return std::nullopt;
  }

  /// Returns the pid of its process, a null pid for a completed task.
  [[nodiscard]] Pid pid() const { return pid_; }
  /// Returns the reference of its monitor, which is also in its `TaskResult`.
  [[nodiscard]] Reference reference() const { return reference_; }

 private:
  static Result<R> value_of([[maybe_unused]] TaskResult<R> result) {
    if constexpr (std::is_void_v<R>)
      return {};
    else
      return std::move(result.value);
  }
  /// Drops the messages about the task. The order matters: once the monitor is removed no more can
  /// arrive, so that those in the mailbox are the last.
  void forget() {
    demonitor(reference_, true);
    static_cast<void>(detail::take_task_news<R>(reference_));
  }

  Pid pid_;
  Reference reference_;
};

namespace detail {

template <typename F>
Task<std::invoke_result_t<F&>> start_task(F f, Bond bond) {
  const Reference reference = new_reference();
  auto body = std::make_unique<TaskBody<F>>(std::move(f), Alias{self(), reference});
  const Result<Spawned> spawned =
      spawn_body(this_system(), std::move(body), {}, bond,
                 {.caller = {}, .request = {}, .monitor = reference, .is_server = false});
  return {spawned.value().pid, reference};
}

}  // namespace detail

/// Starts a task linked to the caller. Source: Task.async/1.
template <std::invocable F>
Task<std::invoke_result_t<F&>> async(F f) {
  return detail::start_task(std::move(f), detail::Bond::link_and_monitor);
}
/// Starts a task without a link: its crash reaches the caller only as the error of `await`.
template <std::invocable F>
Task<std::invoke_result_t<F&>> async_nolink(F f) {
  return detail::start_task(std::move(f), detail::Bond::monitor);
}

}  // namespace kith

#include "actor/task_many.hpp"
#include "actor/task_stream.hpp"
