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
#include "actor/signal.hpp"
#include "actor/system.hpp"
#include "core/limits.hpp"
#include "core/result.hpp"

/// What a process can do: the functions of Erlang's `erlang` module that concern processes. Those
/// without a `System` work inside a process only and abort with an explanation elsewhere.
namespace kith {

/// Waits for ever.
inline constexpr Duration infinite = Duration::max();

/// An address of a process that it can take back: messages sent to it arrive only as long as the
/// process keeps it. A process that has given up waiting is not bothered by late answers.
/// Source: erlang:alias/1. Thread-safety: plain value.
struct Alias {
  Pid pid;
  Reference reference;
};

/// A timer armed by `send_after`.
struct Timer {
  int worker = -1;
  std::uint64_t id = 0;
};

namespace detail {

/// How a spawned process relates to the one that spawns it.
enum class Bond : std::uint8_t { none, link, monitor, link_and_monitor, root };

/// A new process and, when it was asked for, the monitor of it.
struct Spawned {
  Pid pid;
  Reference monitor;
};

/// What is known of a new process before it exists.
struct Expected {
  /// A request that it answers; if it ends before, however early, the request fails.
  Pid caller;
  Reference request;
  /// The monitor of it, when that is not to be a new one.
  Reference monitor;
};
Reference new_reference();

Result<Spawned> spawn_body(System& system, std::unique_ptr<ProcessBody> body,
                           const StartOptions& options, Bond bond, const Expected& expected = {});
/// Ends the calling process when its handler has returned: what `exit` does, without an exception.
void end_after_turn(ExitReason reason);
/// The system of the calling process; aborts with an explanation outside of processes.
System& this_system();
Result<void> send_message(System& system, Pid to, MessagePointer message);
/// Sends a call and waits for its answer: a reply signal, or an error.
Result<SignalPointer> call_and_wait(Pid to, MessagePointer message, Duration timeout);
/// Sends a call; the answer is fetched later.
Result<Reference> begin_call(Pid to, MessagePointer message);
Result<SignalPointer> wait_reply(Reference request, Duration timeout, Pid whom);
/// With `answered` its reference is added there when the answer has come.
Reference open_request(std::vector<Reference>* answered = nullptr);
bool wait_listed(const std::vector<Reference>& answered, Duration timeout);
void close_request(Reference request);
/// A failed call's reason as an error.
Error call_error(const ExitReason& reason, Pid whom);
/// Waits for the first message of one of these types: its index, and the message.
struct Wanted {
  const std::type_info* type;
  std::string_view wire_name;
};
std::optional<std::pair<std::size_t, MessagePointer>> receive_one(const std::vector<Wanted>& wanted,
                                                                  Duration timeout);
/// Waits for the first message that is accepted; null when none came in time.
MessagePointer receive_accepted(const std::function<bool(MessageSignal&)>& accepts,
                                Duration timeout);
/// Takes the first message in the mailbox that is accepted, without waiting.
MessagePointer take_accepted(const std::function<bool(MessageSignal&)>& accepts);
/// As `monitor`, under a reference that was made before.
void monitor_as(Reference reference, Pid target);
/// Waits for the `Down` of one monitor only.
std::optional<Down> receive_down(Reference reference, Duration timeout);
Timer send_signal_after(System& system, Duration delay, Pid to, SignalPointer signal);
const WireFormat* wire_format();
void run_blocking(std::move_only_function<void()> f);

/// The content of a message that is a T or was sent as one.
template <typename T>
Result<T> content_as(MessageSignal& message, const WireFormat* format) {
  if (message.type() == typeid(T)) return std::move(*static_cast<T*>(message.content()));
  if constexpr (WireWritable<T> && std::is_default_constructible_v<T>) {
    if (message.type() == typeid(EncodedMessage) && format != nullptr) {
      auto& encoded = *static_cast<EncodedMessage*>(message.content());
      T value{};
      const Result<void> read =
          format->decode(encoded.body, [&](WireReader& reader) { wire_read(reader, value); });
      if (!read) return read.error();
      return value;
    }
  }
  return Error(ErrorCode::decode, "the answer has another type than the request's Reply");
}

template <typename T>
Wanted wanted() {
  if constexpr (WireMessageType<T>)
    return {&typeid(T), T::kith_wire_name()};
  else
    return {&typeid(T), {}};
}

/// A process that runs a function once.
template <typename F>
class FunctionBody final : public ProcessBody {
 public:
  explicit FunctionBody(F f) : f_(std::move(f)) {}
  void start() override { (*f_)(); }
  void handle(MessagePointer) override {}
  [[nodiscard]] bool done() const override { return true; }

 private:
  std::optional<F> f_;
};

template <typename F>
std::unique_ptr<ProcessBody> function_body(F f) {
  return std::make_unique<FunctionBody<F>>(std::move(f));
}

}  // namespace detail

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
/// ended succeeds, as in OTP. Errors: `overloaded` (its mailbox is full), `no_connection`.
template <typename M>
Result<void> send(Pid to, M message) {
  return detail::send_message(
      detail::this_system(), to,
      std::make_unique<detail::TypedMessage<M>>(detail::SignalKind::message, std::move(message)));
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
  return detail::send_message(detail::this_system(), to.pid, std::move(signal));
}

/// Sends a message to a process of this system after a delay. Source: erlang:send_after/3.
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
  auto found = detail::receive_one({detail::wanted<M>()}, timeout);
  if (!found) return Error(ErrorCode::timeout, "no such message came in time");
  return detail::content_as<M>(*found->second, detail::wire_format());
}
/// The same for the first message of type M that `wanted(message)` is true for.
template <typename M, std::predicate<const M&> F>
Result<M> receive_where(F wanted, Duration timeout = infinite) {
  const detail::Wanted type = detail::wanted<M>();
  std::optional<Result<M>> found;
  const auto accepts = [&](detail::MessageSignal& message) {
    if (message.type() == *type.type) return wanted(*static_cast<const M*>(message.content()));
    if (type.wire_name.empty() || message.wire_name() != type.wire_name) return false;
    Result<M> decoded = detail::content_as<M>(message, detail::wire_format());
    if (!decoded || !wanted(*decoded)) return false;
    found.emplace(std::move(decoded));
    return true;
  };
  const detail::MessagePointer message = detail::receive_accepted(accepts, timeout);
  if (!message) return Error(ErrorCode::timeout, "no such message came in time");
  if (found) return std::move(*found);
  return detail::content_as<M>(*message, detail::wire_format());
}
/// The same for the first message of any of several types.
template <typename A, typename B, typename... More>
Result<std::variant<A, B, More...>> receive(Duration timeout = infinite) {
  using Any = std::variant<A, B, More...>;
  auto found = detail::receive_one(
      {detail::wanted<A>(), detail::wanted<B>(), detail::wanted<More>()...}, timeout);
  if (!found) return Error(ErrorCode::timeout, "no such message came in time");
  std::optional<Result<Any>> result;
  const auto try_type = [&]<typename M>(std::size_t index, std::type_identity<M>) {
    if (index != found->first) return;
    Result<M> content = detail::content_as<M>(*found->second, detail::wire_format());
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
  detail::in_process(&owner.system(), [&] { exit(target, reason); });
}
/// Parks the calling process for so long.
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
