// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <concepts>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "actor/exit.hpp"
#include "actor/process_body.hpp"
#include "actor/remote.hpp"
#include "actor/system_options.hpp"
#include "core/clock.hpp"
#include "core/pid.hpp"
#include "core/result.hpp"

namespace kith {

class System;

namespace detail {
class Runtime;
/// Runs `f`, which returns a `Result`, in the calling process, or in a new process of `system` if
/// called on a plain thread. Additional errors: `unavailable` (the system is stopped), `crashed`
/// (the new process is killed).
template <typename F>
auto in_process(System* system, F&& f) -> std::invoke_result_t<F&>;
}  // namespace detail

/// Functions by which a server takes a name when it starts, and releases it if the start fails.
/// Converts from a callable, which becomes `take`. Thread-safety: plain value; its functions run in
/// the new process.
struct Registration {
  Registration() = default;
  template <std::invocable<Pid> F>
  Registration(F f) : take(std::move(f)) {}  // NOLINT(google-explicit-constructor)

  std::function<Result<void>(Pid)> take{};  ///< its error is the error of the start
  std::function<void(Pid)> give_back{};     ///< absent: the name is released with the process
};

/// Options for starting a process, all of them optional.
struct StartOptions {
  std::string name{};  ///< registered in the system before the process runs its first line
  /// Runs in the new process before anything else, e.g. `registry.registration(key)`. Servers,
  /// agents and state machines only.
  Registration register_as{};
  std::string label{};  ///< for people: in crash reports and `ProcessInfo`
  /// Messages that may be queued before sends fail as `overloaded`; a higher value costs memory
  /// while the process lags behind. 0: `limits::mailbox_messages_max`.
  std::int32_t mailbox_bound = 0;
  Duration timeout = std::chrono::seconds(60);  ///< until the start must be acknowledged
};

/// Looks up names for `ServerRef`; implemented by registries. Thread-safety: any thread.
class Resolver {
 public:
  virtual ~Resolver() = default;
  /// Returns the process that has the name now, or nullopt.
  [[nodiscard]] virtual std::optional<Pid> whereis(const std::string& name) const = 0;
};

/// Returns the fixed pid of a well-known service of a node; a message to it reaches the process
/// that runs the service at that time. `number` is below `limits::services`.
[[nodiscard]] Pid service_pid(BootId node, std::uint32_t number);

/// Runs processes on this node: worker threads, mailboxes, names, timers.
///
///     System system;  // one worker thread per core
///     spawn(system, [] { current_system()->log().info("hello", "a process runs"); });
///     const int answer = system.run([] { return async([] { return 42; }).await().value(); });
///
/// With `workers = 0` it has no threads: its owner runs it step by step, and equal input gives an
/// equal order of events. Thread-safety: any thread, except the functions for running it without
/// threads. `stop` and the destructor must not be called in one of its processes.
class System final : public RemoteReceiver, public Resolver {
 public:
  explicit System(SystemOptions options = {});
  ~System() override;
  System(const System&) = delete;
  System& operator=(const System&) = delete;

  /// Runs `f` in a new process and waits for its result, so that a plain thread can use functions
  /// for processes; in a process of this system it runs `f` there. Rethrows an exception of `f`;
  /// throws `BadResult` with `crashed` if the process is killed, with `unavailable` if the system
  /// is stopped.
  template <typename F>
  auto run(F&& f) -> std::invoke_result_t<F&>;

  /// Ends the children of the root, newest first, with "shutdown" (5 s each, then "kill"), kills
  /// all other processes, and joins the threads. No callback runs afterwards. Safe to call twice.
  void stop();

  /// Returns the boot id in this system's pids.
  [[nodiscard]] BootId boot() const;
  [[nodiscard]] Clock& clock();
  /// Returns the log of its crash reports; applications may write to it too.
  [[nodiscard]] Log& log() const;
  [[nodiscard]] bool is_alive(Pid pid) const;
  /// Returns all live processes, ordered by index.
  [[nodiscard]] std::vector<Pid> processes() const;
  /// Returns the number of messages queued for a process; nullopt if it is not alive here.
  [[nodiscard]] std::optional<std::size_t> message_queue_length(Pid pid) const;
  /// Returns the process that servers started by plain threads are linked to.
  [[nodiscard]] Pid root() const { return root_; }

  /// Gives a process a name in this system (erlang:register/2). Errors: `already_exists` (the name
  /// is taken, or the process has one), `no_process`, `invalid_argument` (empty or too long).
  Result<void> register_name(const std::string& name, Pid pid);
  /// Releases a name. Error: `not_found`.
  Result<void> unregister_name(const std::string& name);
  [[nodiscard]] std::optional<Pid> whereis(const std::string& name) const override;
  /// Returns the name of a process, or nullopt.
  [[nodiscard]] std::optional<std::string> name_of(Pid pid) const;

  /// Sets the process behind `service_pid(boot(), number)`; a null pid removes it.
  void set_service(std::uint32_t number, Pid pid);

  /// Sets the sender to other nodes, which must outlive its use; null for none.
  void set_remote_sender(RemoteSender* sender);
  void deliver(RemoteSignal signal) override;

  // --- without threads (`workers = 0`) ---------------------------------------

  /// Runs one turn of one process; false when nothing is ready.
  bool run_one();
  /// Fires due timers and runs processes until none is ready. Returns the number of turns.
  std::size_t run_until_idle();
  /// Moves the `ManualClock` forward by `by`, stopping at each timer to run the processes that
  /// become ready. Only for a clock that no other system uses.
  void advance(Duration by);
  /// Returns when the next timer is due, possibly earlier; nullopt if there is none.
  [[nodiscard]] std::optional<TimePoint> next_deadline() const;
  /// Fires due timers.
  void fire_timers();

  /// Reserves a name, calls `spawn` and gives the new process the name, so that no other process
  /// can take it in between. For the templates of this folder.
  Result<Pid> spawn_named(const std::string& name, const std::function<Pid(bool named)>& spawn);
  [[nodiscard]] detail::Runtime& runtime() { return *runtime_; }
  System& system() { return *this; }

 private:
  template <typename F>
  friend auto detail::in_process(System* system, F&& f) -> std::invoke_result_t<F&>;
  Result<void> run_body(std::function<void()> body);
  void start_root();

  class Names;
  std::unique_ptr<SystemClock> own_clock_;
  std::function<bool()> step_;
  std::unique_ptr<detail::Runtime> runtime_;
  std::unique_ptr<Names> names_;
  Pid root_;
  bool stopped_ = false;
};

/// A `System`, or a class with one, such as `Node`.
template <typename T>
concept HasSystem = requires(T& value) {
  { value.system() } -> std::same_as<System&>;
};

/// Returns the system of the calling process; null outside of processes.
[[nodiscard]] System* current_system();

template <typename F>
auto System::run(F&& f) -> std::invoke_result_t<F&> {
  using R = std::invoke_result_t<F&>;
  if constexpr (std::is_void_v<R>) {
    run_body([&f] { f(); }).value();
  } else {
    std::optional<R> result;
    run_body([&] { result.emplace(f()); }).value();
    return std::move(*result);
  }
}

namespace detail {

/// Aborts with an explanation: a function for processes was called on a plain thread.
[[noreturn]] void not_in_a_process();

template <typename F>
auto in_process(System* system, F&& f) -> std::invoke_result_t<F&> {
  if (current_system() != nullptr) return f();
  if (system == nullptr) not_in_a_process();
  using R = std::invoke_result_t<F&>;
  static_assert(is_result<R>, "a system that has been stopped is an Error of this function");
  std::optional<R> result;
  const Result<void> ran = system->run_body([&] { result.emplace(f()); });
  if (!ran) return ran.error();
  return std::move(*result);
}

}  // namespace detail
}  // namespace kith
