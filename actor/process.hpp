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

/// What a process can do: the functions of Erlang's `erlang` module that concern processes. Those
/// without a `System` work inside a process only and abort with an explanation elsewhere.
namespace kith {

/// The pid of the process that calls.
[[nodiscard]] Pid self();

/// Starts a process that runs `f` and ends with "normal" when it returns.
/// Source: erlang:spawn/1. Errors of the forms that return a pid: none short of memory.
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
/// The same, linked to the caller from its first moment.
template <std::invocable F>
Pid spawn_link(F f, const StartOptions& options = {}) {
  return detail::spawn_body(detail::this_system(), detail::function_body(std::move(f)), options,
                            detail::Bond::link)
      .value()
      .pid;
}
/// The same, watched by the caller from its first moment.
template <std::invocable F>
std::pair<Pid, Reference> spawn_monitor(F f, const StartOptions& options = {}) {
  const detail::Spawned spawned =
      detail::spawn_body(detail::this_system(), detail::function_body(std::move(f)), options,
                         detail::Bond::monitor)
          .value();
  return {spawned.pid, spawned.monitor};
}
/// The same, linked and watched.
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

/// Makes an address for the calling process; with `once` it works for one message only.
Alias make_alias(bool once = false);
/// Ends an address of the calling process; false when it had ended before.
bool remove_alias(const Alias& alias);
/// Sends a message to an address; when it has ended the message is dropped.
template <typename M>
Result<void> send(const Alias& to, M message) {
  auto signal =
      std::make_unique<detail::TypedMessage<M>>(detail::SignalKind::message, std::move(message));
  signal->reference = to.reference;
  return detail::send_message(to.pid, std::move(signal));
}

/// Sends a message to a process after a delay, without one (zero, or less) at once, with `infinite`
/// never. A timer for a process of this system ends with that process. Source:
/// erlang:send_after/3.
template <typename M>
Timer send_after(Duration delay, Pid to, M message) {
  return detail::send_signal_after(
      detail::this_system(), delay, to,
      std::make_unique<detail::TypedMessage<M>>(detail::SignalKind::message, std::move(message)));
}
/// Takes a timer back; false when it has fired.
bool cancel_timer(const Timer& timer);
/// How long until a timer fires; nothing when it has fired or was taken back. Source:
/// erlang:read_timer/1.
[[nodiscard]] std::optional<Duration> time_left(const Timer& timer);

/// Waits for the first message of type M, in order of arrival; others stay. Error: `timeout`.
template <typename M>
Result<M> receive(Duration timeout = infinite) {
  const detail::Wanted wanted[] = {detail::wanted<M>()};
  const auto [index, message] = detail::receive_one(wanted, timeout);
  if (!message) return Error(ErrorCode::timeout, "no such message came in time");
  return detail::content_as<M>(*message);
}
/// The same for the first message of type M that `wanted(message)` is true for.
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
/// The same for the first message of any of several types.
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

/// Links the caller and another process: when one ends, the other gets an exit signal. Error:
/// `no_process` when it does not exist and the caller does not trap exits (else an `Exit` message
/// comes). Source: erlang:link/1.
Result<void> link(Pid other);
/// Undoes `link`.
void unlink(Pid other);
/// The processes that the caller is linked to, in no particular order.
[[nodiscard]] std::vector<Pid> links();
/// Asks for one `Down` message when that process ends, or at once when it has. Source:
/// erlang:monitor/2.
Reference monitor(Pid target);
/// Takes a monitor back; with `flush` also the `Down` that has come. True when it had not fired.
bool demonitor(Reference reference, bool flush = true);
/// Whether exit signals become `Exit` messages for the caller; gives the former setting.
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
/// Parks the calling process for so long; not at all for zero or less.
void sleep_for(Duration duration);

/// Runs `f` on a thread that may be held up (disk, a foreign library) while the process is parked.
/// Without threads it runs at once. An exception of `f` comes out here.
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
