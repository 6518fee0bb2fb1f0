// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "actor/exit.hpp"
#include "actor/process_engine.hpp"
#include "actor/signal.hpp"
#include "actor/system.hpp"
#include "core/limits.hpp"
#include "core/result.hpp"

/// Functions of processes, after Erlang's `erlang` module. Those without a `System` argument may
/// only be called in a process, and abort with an explanation elsewhere.
///
///     struct Ping {
///       Pid from;
///     };
///     struct Pong {};
///     system.run([] {
///       const Pid echo = spawn([] {
///         const Ping ping = receive<Ping>().value();
///         auto sent = send(ping.from, Pong{});
///       });
///       auto sent = send(echo, Ping{self()});
///       Result<Pong> answer = receive<Pong>(5s);
///     });
namespace kith {

/// Returns the pid of the calling process.
[[nodiscard]] Pid self();

/// Starts a process that runs `f` and ends with "normal" when it returns. Throws `BadResult` if the
/// name of the options is taken or invalid. Source: erlang:spawn/1.
template <std::invocable F>
Pid spawn(F f, const StartOptions& options = {}) {
  return detail::spawn_body(detail::this_system(), detail::function_body(std::move(f)), options,
                            detail::Bond::none)
      .value()
      .pid;
}
template <HasSystem S, std::invocable F>
Pid spawn(S& owner, F f, const StartOptions& options = {}) {
  return detail::spawn_body(owner.system(), detail::function_body(std::move(f)), options,
                            detail::Bond::none)
      .value()
      .pid;
}
/// Starts a process as `spawn` does, and links it to the caller atomically.
template <std::invocable F>
Pid spawn_link(F f, const StartOptions& options = {}) {
  return detail::spawn_body(detail::this_system(), detail::function_body(std::move(f)), options,
                            detail::Bond::link)
      .value()
      .pid;
}
/// Starts a process as `spawn` does, and monitors it atomically. Returns the reference of the
/// monitor too.
template <std::invocable F>
std::pair<Pid, Reference> spawn_monitor(F f, const StartOptions& options = {}) {
  const detail::Spawned spawned =
      detail::spawn_body(detail::this_system(), detail::function_body(std::move(f)), options,
                         detail::Bond::monitor)
          .value();
  return {spawned.pid, spawned.monitor};
}
/// Starts a process as `spawn` does, and links and monitors it atomically.
template <std::invocable F>
std::pair<Pid, Reference> spawn_link_monitor(F f, const StartOptions& options = {}) {
  const detail::Spawned spawned =
      detail::spawn_body(detail::this_system(), detail::function_body(std::move(f)), options,
                         detail::Bond::link_and_monitor)
          .value();
  return {spawned.pid, spawned.monitor};
}

/// Sends a message: at most once, in order per pair of processes. Sending to a process that has
/// ended succeeds, as in OTP. Errors: `overloaded` (its mailbox or the queue to its node is full),
/// `no_connection`, `invalid_argument` (to another node: the message has no `KITH_WIRE` or is
/// larger than a frame).
template <typename M>
Result<void> send(Pid to, M message) {
  return detail::send_message(to, std::make_unique<detail::TypedMessage<M>>(
                                      detail::SignalKind::message, std::move(message)));
}
template <HasSystem S, typename M>
Result<void> send(S& owner, Pid to, M message) {
  return detail::send_message(
      owner.system(), to,
      std::make_unique<detail::TypedMessage<M>>(detail::SignalKind::message, std::move(message)));
}

/// Creates an alias of the calling process; with `once` it is removed by its first message.
Alias make_alias(bool once = false);
/// Removes an alias of the calling process; false if it was removed before.
bool remove_alias(const Alias& alias);
/// Sends a message to an alias; drops it if the alias was removed.
template <typename M>
Result<void> send(const Alias& to, M message) {
  auto signal =
      std::make_unique<detail::TypedMessage<M>>(detail::SignalKind::message, std::move(message));
  signal->reference = to.reference;
  return detail::send_message(to.pid, std::move(signal));
}

/// Sends a message to a process after a delay: at once for zero or less, never for `infinite`. A
/// timer for a process of this system is cancelled when that ends. Source: erlang:send_after/3.
template <typename M>
Timer send_after(Duration delay, Pid to, M message) {
  return detail::send_signal_after(
      detail::this_system(), delay, to,
      std::make_unique<detail::TypedMessage<M>>(detail::SignalKind::message, std::move(message)));
}
/// Cancels a timer; false if it has expired.
bool cancel_timer(const Timer& timer);
/// Returns the time until a timer expires; nullopt if it has expired or was cancelled.
/// Source: erlang:read_timer/1.
[[nodiscard]] std::optional<Duration> time_left(const Timer& timer);

/// Waits for the first message of type M and takes it; others stay in the mailbox.
/// Error: `timeout`.
template <typename M>
Result<M> receive(Duration timeout = infinite) {
  const detail::Wanted wanted[] = {detail::wanted<M>()};
  const auto [index, message] = detail::receive_one(wanted, timeout);
  if (!message) return Error(ErrorCode::timeout, "no such message came in time");
  return detail::content_as<M>(*message);
}
/// Waits for the first message of type M for which `wanted(message)` is true, and takes it.
/// Error: `timeout`.
template <typename M, std::predicate<const M&> F>
Result<M> receive_where(F wanted, Duration timeout = infinite) {
  const detail::Wanted type = detail::wanted<M>();
  std::optional<Result<M>> found;
  const auto accepts = [&](detail::MessageSignal& message) {
    if (message.type() == *type.type) return wanted(*static_cast<const M*>(message.content()));
    if (type.wire_name.empty() || message.wire_name() != type.wire_name) return false;
    Result<M> decoded = detail::content_as<M>(message);
    if (!decoded || !wanted(*decoded)) return false;
    found.emplace(std::move(decoded));
    return true;
  };
  const detail::MessagePointer message = detail::receive_accepted(accepts, timeout);
  if (!message) return Error(ErrorCode::timeout, "no such message came in time");
  if (found) return std::move(*found);
  return detail::content_as<M>(*message);
}
/// Waits for the first message of any of several types, and takes it. Error: `timeout`.
template <typename A, typename B, typename... More>
Result<std::variant<A, B, More...>> receive(Duration timeout = infinite) {
  using Any = std::variant<A, B, More...>;
  const detail::Wanted wanted[] = {detail::wanted<A>(), detail::wanted<B>(),
                                   detail::wanted<More>()...};
  const auto [found, message] = detail::receive_one(wanted, timeout);
  if (!message) return Error(ErrorCode::timeout, "no such message came in time");
  std::optional<Result<Any>> result;
  const auto try_type = [&, which = found]<typename M>(std::size_t index, std::type_identity<M>) {
    if (index != which) return;
    Result<M> content = detail::content_as<M>(*message);
    if (content)
      result.emplace(Any(std::move(*content)));
    else
      result.emplace(content.error());
  };
  std::size_t index = 0;
  try_type(index++, std::type_identity<A>{});
  try_type(index++, std::type_identity<B>{});
  (try_type(index++, std::type_identity<More>{}), ...);
  return std::move(*result);
}

/// Links the caller and another process: when one ends, the other receives an exit signal. Error:
/// `no_process` if it does not exist and the caller does not trap exits (a caller that traps them
/// receives an `Exit` message instead). Source: erlang:link/1.
Result<void> link(Pid other);
/// Removes a link; no effect if there is none. Source: erlang:unlink/1.
void unlink(Pid other);
/// Returns the processes that the caller is linked to, in no particular order.
[[nodiscard]] std::vector<Pid> links();
/// Monitors a process: the caller receives one `Down` message when it ends, or at once if it has
/// ended. Source: erlang:monitor/2.
Reference monitor(Pid target);
/// Removes a monitor, and with `flush` its `Down` from the mailbox. True if it had not fired.
/// Source: erlang:demonitor/2.
bool demonitor(Reference reference, bool flush = true);
/// Sets whether exit signals become `Exit` messages of the caller; returns the previous setting.
bool trap_exits(bool on);
/// Ends the calling process.
[[noreturn]] void exit(ExitReason reason);
/// Sends an exit signal; "kill" cannot be trapped. Source: erlang:exit/2.
void exit(Pid target, ExitReason reason);
template <HasSystem S>
void exit(S& owner, Pid target, ExitReason reason) {
  const auto signal = [&]() -> Result<void> {
    exit(target, reason);
    return {};
  };
  static_cast<void>(detail::in_process(&owner.system(), signal));  // stopped: they have all ended
}
/// Suspends the calling process for `duration`; returns at once for zero or less.
void sleep_for(Duration duration);

/// Runs `f` on a thread of its own that may block (disk, a foreign library) while the process waits
/// without occupying a worker. Without threads `f` runs at once. Rethrows an exception of `f`.
template <std::invocable F>
auto blocking(F f) -> std::invoke_result_t<F&> {
  using R = std::invoke_result_t<F&>;
  std::exception_ptr thrown;
  const auto guarded = [&](auto&& body) {
    try {
      body();
    } catch (...) {  // handed over to the process below
      thrown = std::current_exception();
    }
  };
  if constexpr (std::is_void_v<R>) {
    detail::run_blocking([&] { guarded([&] { f(); }); });
    if (thrown) std::rethrow_exception(thrown);
  } else {
    std::optional<R> result;
    detail::run_blocking([&] { guarded([&] { result.emplace(f()); }); });
    if (thrown) std::rethrow_exception(thrown);
    return std::move(*result);
  }
}

}  // namespace kith
