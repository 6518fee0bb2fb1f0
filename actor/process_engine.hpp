// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <typeinfo>
#include <utility>
#include <vector>

#include "actor/exit.hpp"
#include "actor/signal.hpp"
#include "actor/system.hpp"
#include "core/result.hpp"

/// The functions behind the templates of this folder; applications use actor/process.hpp.
namespace kith {

/// The timeout of a wait that never expires.
inline constexpr Duration infinite = Duration::max();

/// An address of a process that it can remove: messages sent to it are dropped from then on, such
/// as the late answers to a request that has timed out. Source: erlang:alias/1. Thread-safety:
/// plain value.
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

/// Relations of a spawned process to the one that spawns it.
enum class Bond : std::uint8_t { none, link, monitor, link_and_monitor, root };

/// A new process and, if requested, the monitor of it.
struct Spawned {
  Pid pid;
  Reference monitor;
};

/// Properties that a new process has before it runs: what the spawner sets up ahead of it.
struct SpawnHooks {
  /// A request that it will answer; the request fails if it ends before that, however early.
  Pid caller;
  Reference request;
  /// The reference of the monitor; null: a new one.
  Reference monitor;
  /// True for a server, which stores its ancestors for crash reports.
  bool is_server = false;
};
Reference new_reference();

Result<Spawned> spawn_body(System& system, std::unique_ptr<ProcessBody> body,
                           const StartOptions& options, Bond bond, const SpawnHooks& hooks = {});
/// Ends the calling process once its handler has returned, as `exit` does but without an exception.
void end_after_turn(ExitReason reason);
/// Returns the system of the calling process; aborts with an explanation outside of processes.
System& this_system();
Result<void> send_message(System& system, const Pid& to, MessagePointer message);
/// Sends a message from the calling process.
Result<void> send_message(const Pid& to, MessagePointer message);
/// Sends a call and waits for its answer: a reply signal, or an error.
Result<SignalPointer> call_and_wait(const Pid& to, MessagePointer message, Duration timeout);
/// Sends a call without waiting; `wait_reply` returns the answer.
Result<Reference> begin_call(const Pid& to, MessagePointer message);
Result<SignalPointer> wait_reply(const Reference& request, Duration timeout, const Pid& whom);
/// Opens a request. If `answered` is set, the reference is appended to it when the answer arrives.
Reference open_request(std::vector<Reference>* answered = nullptr);
bool wait_listed(const std::vector<Reference>& answered, Duration timeout);
void close_request(Reference request);
/// Returns the error of a call that failed with this reason.
Error call_error(const ExitReason& reason, Pid whom);
/// A type of messages to wait for.
struct Wanted {
  const std::type_info* type;
  std::string_view wire_name;
};
/// Waits for the first message of one of these types and returns the index of its type and the
/// message; null after `timeout`.
std::pair<std::size_t, MessagePointer> receive_one(std::span<const Wanted> wanted,
                                                   Duration timeout);
/// Waits for the first message that is accepted; null after `timeout`.
MessagePointer receive_accepted(const std::function<bool(MessageSignal&)>& accepts,
                                Duration timeout);
/// Waits for a message with the reference of a monitor: one sent to the reference, or its `Down`.
MessagePointer receive_news(const Reference& monitor, Duration timeout);
/// Takes such a message from the mailbox without waiting; null if there is none.
MessagePointer take_news(const Reference& monitor);
/// Monitors a process as `monitor` does, with a reference that was made before.
void monitor_as(Reference reference, Pid target);
/// Waits for the `Down` of one monitor; nullopt after `timeout`.
std::optional<Down> receive_down(Reference reference, Duration timeout);
Timer send_signal_after(System& system, Duration delay, Pid to, SignalPointer signal);
const WireFormat* wire_format();
/// True while the calling process is traced.
bool is_traced();
/// Sends its tracer the new state.
void trace_state(std::string name);
void run_blocking(std::move_only_function<void()> f);

/// Returns the content of a message as a T, decoding it if it arrived as bytes. Error: `decode`.
template <typename T>
Result<T> content_as(MessageSignal& message) {
  if (message.type() == typeid(T)) return std::move(*static_cast<T*>(message.content()));
  if constexpr (CanTravel<T> && std::is_default_constructible_v<T>) {
    const WireFormat* format = wire_format();
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

/// Runs a function once as a process.
template <typename F>
class FunctionBody final : public ProcessBody {
 public:
  explicit FunctionBody(F f) : f_(std::move(f)) {}
  void start() override { (*f_)(); }
  void handle(MessagePointer) override {}
  [[nodiscard]] bool runs_once() const override { return true; }

 private:
  std::optional<F> f_;
};

template <typename F>
std::unique_ptr<ProcessBody> function_body(F f) {
  return std::make_unique<FunctionBody<F>>(std::move(f));
}

}  // namespace detail

}  // namespace kith
