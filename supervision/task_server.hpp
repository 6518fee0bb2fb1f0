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

/// What a task gives for this message: its reply, or nothing when nobody waits for one.
template <typename M>
struct TaskResultOf {
  using type = void;
};
template <Request M>
struct TaskResultOf<M> {
  using type = typename M::Reply;
};

/// The tasks of a `TaskServer` that somebody waits for.
class AwaitedTasks {
 public:
  /// Watches a task and who waits for it, and lets the task begin; `fail` tells the caller that the
  /// task has crashed.
  void add(Pid task, Pid caller, std::function<void(const Error&)> fail);
  /// A task has ended or a caller has: the other one is told.
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

/// Runs tasks for anybody who can send it a message: functions do not travel between nodes,
/// messages do. Each message has a function on the server's node, which runs in a task of its own
/// under the server's `TaskSupervisor`; `call`, `send_request` and `multi_call` wait for its
/// result, `cast` is for messages without `Reply`. A function that throws is the error `crashed` of
/// its caller, more tasks than `max_children` are `overloaded`. A task ends with "shutdown" when
/// its caller does; a caller that gives up waiting lets it go on. Thread-safety: a process; the
/// functions run in many tasks at once. Source: Elixir's Task.Supervisor, "Distributed tasks".
///
///     using Thumbnails = kith::TaskServer<Resize, Crop>;
///     auto server = Thumbnails::start_link(node, kith::StartOptions{}, options, resize, crop);
///     node.register_global("thumbnails", server->pid());
///     // on any other node:
///     auto picture = kith::call(node.global<Thumbnails::Messages>("thumbnails"), Resize{url});
template <typename... M>
class TaskServer : public GenServer<TaskServer<M...>, Protocol<M...>> {
 public:
  using Messages = Protocol<M...>;

  /// `functions`, in the order of the messages, take the message and give its reply.
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
