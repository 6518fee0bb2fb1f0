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
/// Runs `f`, which gives a `Result`, here when this is a process, else in a process of `system`. A
/// system that has been stopped, or stops meanwhile, is an error of it: `unavailable`; `crashed`
/// when the process is killed.
template <typename F>
auto in_process(System* system, F&& f) -> std::invoke_result_t<F&>;
}  // namespace detail

/// How a server takes a name of its own, and gives it back when its start fails. A callable that
/// takes the name is one too. Thread-safety: plain value; its functions run in the new process.
struct Registration {
  Registration() = default;
  template <std::invocable<Pid> F>
  Registration(F f) : take(std::move(f)) {}  // NOLINT(google-explicit-constructor)

  std::function<Result<void>(Pid)> take{};  ///< its error is the error of the start
  std::function<void(Pid)> give_back{};     ///< absent: the name goes with the process
};

/// How a process begins; every field may be left out.
struct StartOptions {
  std::string name{};  ///< registered in the system before the process runs its first line
  /// Taken in the new process before anything else, e.g. `registry.registration(key)`. Servers,
  /// agents and state machines only.
  Registration register_as{};
  std::string label{};             ///< for people: crash reports, `info`
  std::int32_t mailbox_bound = 0;  ///< messages that may wait; 0: `limits::mailbox_messages_max`
  Duration timeout = std::chrono::seconds(60);  ///< for the start to be acknowledged
};

/// Looks names up for `ServerRef`; implemented by registries. Thread-safety: any thread.
class Resolver {
 public:
  virtual ~Resolver() = default;
  /// The process that has the name now.
  [[nodiscard]] virtual std::optional<Pid> whereis(const std::string& name) const = 0;
};

/// The pid at which each node's process for this well-known service is reached, whichever process
/// that is at the time. `number` is below `limits::services`.
[[nodiscard]] Pid service_pid(BootId node, std::uint32_t number);

/// The local runtime: workers, processes, names, timers. With `workers = 0` it has no threads and
/// moves only when its owner says so, in the same order for the same input.
/// Thread-safety: any thread, except the functions for driving it without threads. `stop` and the
/// destructor must not run inside one of its processes.
class System final : public RemoteReceiver, public Resolver {
 public:
  explicit System(SystemOptions options = {});
  ~System() override;
  System(const System&) = delete;
  System& operator=(const System&) = delete;

  /// Runs `f` in a process of its own and waits for it: how plain threads do what only processes
  /// can do. An exception of `f` comes out here; `BadResult` with `crashed` when the process is
  /// killed, with `unavailable` when the system is stopped.
  template <typename F>
  auto run(F&& f) -> std::invoke_result_t<F&>;

  /// Ends what the root supervises, newest first, with "shutdown" (5 s each, then "kill"), kills
  /// the rest, and ends the threads. No callback runs afterwards. Safe to call twice.
  void stop();

  /// The boot id in this system's pids.
  [[nodiscard]] BootId boot() const;
  [[nodiscard]] Clock& clock();
  /// Where its crash reports go; for lines of the application too.
  [[nodiscard]] Log& log() const;
  [[nodiscard]] bool is_alive(Pid pid) const;
  /// All live processes, by index.
  [[nodiscard]] std::vector<Pid> processes() const;
  /// Messages waiting for a process; nothing when it does not live here.
  [[nodiscard]] std::optional<std::size_t> message_queue_length(Pid pid) const;
  /// The process that supervises what plain threads start.
  [[nodiscard]] Pid root() const { return root_; }

  /// Gives a process a name in this system (erlang:register/2). Errors: `already_exists` (the name
  /// is taken, or the process has one), `no_process`, `invalid_argument` (empty or too long).
  Result<void> register_name(const std::string& name, Pid pid);
  /// Takes a name away; `not_found` when nobody has it.
  Result<void> unregister_name(const std::string& name);
  [[nodiscard]] std::optional<Pid> whereis(const std::string& name) const override;
  /// The name of a process, if it has one.
  [[nodiscard]] std::optional<std::string> name_of(Pid pid) const;

  /// Makes this process answer at `service_pid(boot(), number)`; the pid of no process takes it
  /// back.
  void set_service(std::uint32_t number, Pid pid);

  /// Sets the way to other nodes; null: none. It must outlive its use.
  void set_remote_sender(RemoteSender* sender);
  void deliver(RemoteSignal signal) override;

  // --- without threads (`workers = 0`) ---------------------------------------

  /// Runs one turn of one process; false when nothing is ready.
  bool run_one();
  /// Fires due timers and runs until nothing is ready. Gives the number of turns.
  std::size_t run_until_idle();
  /// Moves the `ManualClock` forward by `by`, stopping at each timer on the way, and runs what
  /// becomes ready. For a system that owns the clock alone.
  void advance(Duration by);
  /// When the next timer is due, or earlier.
  [[nodiscard]] std::optional<TimePoint> next_deadline() const;
  /// Fires due timers.
  void fire_timers();

  /// Spawns under a name, which nobody else can take in between. For the templates of this folder.
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

/// A `System`, or something that has one: a `Node`.
template <typename T>
concept HasSystem = requires(T& value) {
  { value.system() } -> std::same_as<System&>;
};

/// The system of the process that calls; null outside of processes.
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

/// Aborts with an explanation: a function for processes was called from a plain thread.
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
