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

/// What the templates of this folder are made of; applications use actor/process.hpp.
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
struct SpawnHooks {
  /// A request that it answers; if it ends before, however early, the request fails.
  Pid caller;
  Reference request;
  /// The monitor of it, when that is not to be a new one.
  Reference monitor;
  /// It is a server: it remembers who started it.
  bool is_server = false;
};
Reference new_reference();

Result<Spawned> spawn_body(System& system, std::unique_ptr<ProcessBody> body,
                           const StartOptions& options, Bond bond, const SpawnHooks& hooks = {});
/// Ends the calling process when its handler has returned: what `exit` does, without an exception.
void end_after_turn(ExitReason reason);
/// The system of the calling process; aborts with an explanation outside of processes.
System& this_system();
Result<void> send_message(System& system, const Pid& to, MessagePointer message);
/// The same from the calling process.
Result<void> send_message(const Pid& to, MessagePointer message);
/// Sends a call and waits for its answer: a reply signal, or an error.
Result<SignalPointer> call_and_wait(const Pid& to, MessagePointer message, Duration timeout);
/// Sends a call; the answer is fetched later.
Result<Reference> begin_call(const Pid& to, MessagePointer message);
Result<SignalPointer> wait_reply(const Reference& request, Duration timeout, const Pid& whom);
/// With `answered` its reference is added there when the answer has come.
Reference open_request(std::vector<Reference>* answered = nullptr);
bool wait_listed(const std::vector<Reference>& answered, Duration timeout);
void close_request(Reference request);
/// A failed call's reason as an error.
Error call_error(const ExitReason& reason, Pid whom);
/// Waits for the first message of one of these types: the index of its type, and the message; null
/// when none came in time.
struct Wanted {
  const std::type_info* type;
  std::string_view wire_name;
};
std::pair<std::size_t, MessagePointer> receive_one(std::span<const Wanted> wanted,
                                                   Duration timeout);
/// Waits for the first message that is accepted; null when none came in time.
MessagePointer receive_accepted(const std::function<bool(MessageSignal&)>& accepts,
                                Duration timeout);
/// Waits for a message with the reference of a monitor: what was sent to it, or its `Down`.
MessagePointer receive_news(const Reference& monitor, Duration timeout);
/// Takes such a message if it has come, without waiting.
MessagePointer take_news(const Reference& monitor);
/// As `monitor`, under a reference that was made before.
void monitor_as(Reference reference, Pid target);
/// Waits for the `Down` of one monitor only.
std::optional<Down> receive_down(Reference reference, Duration timeout);
Timer send_signal_after(System& system, Duration delay, Pid to, SignalPointer signal);
const WireFormat* wire_format();
/// True while somebody traces the calling process.
bool is_traced();
/// Tells its tracer of a new state.
void trace_state(std::string name);
void run_blocking(std::move_only_function<void()> f);

/// The content of a message that is a T or was sent as one.
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

/// A process that runs a function once.
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
