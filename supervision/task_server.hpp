// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>

#include "actor/gen_server.hpp"
#include "supervision/task_supervisor.hpp"

namespace kith {

namespace detail {

/// The result type of a task for message `M`: its reply, or void for a cast.
template <typename M>
struct TaskResultOf {
  using type = void;
};
template <Request M>
struct TaskResultOf<M> {
  using type = typename M::Reply;
};

/// Tracks the tasks of a `TaskServer` whose callers wait for a result. Invariant: each entry of
/// `callers_` refers to one of `tasks_` and the reverse; both are added and removed together.
class AwaitedTasks {
 public:
  /// Monitors a task and its caller, then lets the task begin; `fail` reports a crash of the task
  /// to the caller.
  void add(Pid task, Pid caller, std::function<void(const Error&)> fail);
  /// Handles the end of a task (fails its caller) or of a caller (stops its task).
  void ended(const Down& down);

 private:
  struct Awaited {
    Pid task;
    Reference task_watch;
    Reference caller_watch;
    std::function<void(const Error&)> fail;
  };
  std::map<Reference, Reference> callers_;  ///< watch of a caller -> watch of its task
  std::map<Reference, Awaited> tasks_;      ///< by the watch of the task
};

}  // namespace detail

/// Runs one task per message, for callers on any node: functions cannot be sent between nodes,
/// messages can.
///
///     struct Square {
///       using Reply = std::int64_t;
///       std::int64_t number = 0;
///       KITH_WIRE("square", number)
///     };
///     using Squares = TaskServer<Square>;
///     auto square = [](const Square& request) { return request.number * request.number; };
///     auto server = Squares::start_link(node, StartOptions{}, TaskSupervisorOptions{}, square);
///     node.register_global("squares", server.value().pid()).value();
///     // on any node:
///     auto nine = call(node.global<Squares::Messages>("squares"), Square{3});
///
/// Each message type has a function on the server's node, which runs in its own task under the
/// server's `TaskSupervisor`. `call`, `send_request` and `multi_call` wait for the result; `cast`
/// is for messages without `Reply`. An exception is the error `crashed` at the caller; tasks beyond
/// `max_children` are `overloaded`. A task ends with "shutdown" when its caller ends, but not when
/// the caller's timeout expires. Thread-safety: a process; the functions run in many tasks at once.
/// Source: Elixir's Task.Supervisor, "Distributed tasks".
template <typename... M>
class TaskServer : public GenServer<TaskServer<M...>, Protocol<M...>> {
 public:
  using Messages = Protocol<M...>;

  /// `functions` are in the order of the messages; each takes a message and returns its reply.
  explicit TaskServer(TaskSupervisorOptions options,
                      std::function<typename detail::TaskResultOf<M>::type(const M&)>... functions)
      : options_(std::move(options)), functions_(std::move(functions)...) {}

  Result<void> init() {
    auto started = TaskSupervisor::start_link(options_);
    if (!started) return started.error();
    tasks_.emplace(std::move(*started));
    return {};
  }
  template <Request N>
    requires(std::is_same_v<N, M> || ...)
  void handle_call(const N& message, From<typename N::Reply> from) {
    const auto task = tasks_->start_child([message, from, f = function<N>(), server = self()] {
      detail::await_owner(server);
      if constexpr (std::is_void_v<typename N::Reply>) {
        f(message);
        from.reply();
      } else {
        from.reply(f(message));
      }
    });
    if (!task) return from.fail(task.error());
    awaited_.add(*task, from.caller(), [from](const Error& error) { from.fail(error); });
  }
  template <typename N>
    requires(!Request<N> && (std::is_same_v<N, M> || ...))
  void handle_cast(const N& message) {
    static_cast<void>(tasks_->start_child([message, f = function<N>()] { f(message); }));
  }
  void handle_info(const Down& down) { awaited_.ended(down); }

 private:
  template <typename N>
  const auto& function() const {
    return std::get<std::function<typename detail::TaskResultOf<N>::type(const N&)>>(functions_);
  }

  TaskSupervisorOptions options_;
  std::tuple<std::function<typename detail::TaskResultOf<M>::type(const M&)>...> functions_;
  std::optional<TaskSupervisor> tasks_;
  detail::AwaitedTasks awaited_;
};

}  // namespace kith
