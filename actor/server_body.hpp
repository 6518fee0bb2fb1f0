// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string_view>
#include <type_traits>
#include <typeinfo>
#include <utility>

#include "actor/process.hpp"
#include "actor/server_ref.hpp"

/// The process body of servers, agents and machines; applications use actor/gen_server.hpp.
namespace kith {

namespace detail {

Pid parent_of_this();
/// Acknowledges the start; called in the new process.
void acknowledge_start(Pid starter, Reference request);
void acknowledge_ignored(Pid starter, Reference request);
/// Unwinds the calling process if an exit signal that ends it has arrived.
void notice_exit();
void log_unexpected(const MessageSignal& message, std::string_view who);
/// Sets the type of a message that arrived as bytes, for crash reports.
void note_message(const std::type_info& type);

/// Returns the wire name of this type if it is one of the messages, else an empty string.
template <typename... Messages>
std::string_view wire_name_among(const std::type_info& type) {
  std::string_view name;
  const auto look_at = [&]<typename M>(std::type_identity<M>) {
    if constexpr (WireMessageType<M>) {
      if (type == typeid(M)) name = M::kith_wire_name();
    }
  };
  (look_at(std::type_identity<Messages>{}), ...);
  return name;
}

/// State of a server that is freed once it has started, so that an idle one stays small.
struct ServerBeginning : Pooled {
  std::pair<Pid, Reference> starter;  ///< the process that waits for the start, and its request
  Registration register_as;           ///< see `StartOptions`
};

/// A function that is called at most once, and destroyed by that. Thread-safety: none.
template <typename R>
class OneCall {
 public:
  explicit OneCall(std::move_only_function<R()> f) : held_(std::make_unique<Held>(std::move(f))) {}
  R operator()() { return std::exchange(held_, nullptr)->f(); }

 private:
  struct Held : Pooled {
    explicit Held(std::move_only_function<R()> g) : f(std::move(g)) {}
    std::move_only_function<R()> f;
  };
  std::unique_ptr<Held> held_;
};

/// The common part of all servers: the acknowledged start, stop, time-outs.
class ServerBody : public ProcessBody {
 public:
  /// Null once the server has started.
  std::unique_ptr<ServerBeginning> beginning = std::make_unique<ServerBeginning>();

  /// Takes the name, then calls `initialise`; releases the name if that fails.
  void start() final;
  void after_start() override { beginning = nullptr; }

 protected:
  /// Creates the server and calls `started`; the starter's call stays open until then.
  virtual void initialise() = 0;
  void started();
  /// Acknowledges a start with `ignore_start`, and ends the process.
  [[noreturn]] void ignored();
  /// Arms the time-out that a handler asked for.
  void arm_timeout(Duration duration);
  [[nodiscard]] bool timeout_armed() const { return timeout_armed_; }
  /// Kinds of messages to the server itself: none, its time-out, or one that was handled.
  enum class Own : std::uint8_t { no, timeout, handled };
  /// Handles the messages to the server itself: its time-out, and the requests of `stop_server`,
  /// `suspend_server` and `resume_server`. Any other message except a request for its state cancels
  /// the time-out.
  Own take_own(MessageSignal& message);

 private:
  void take_name();
  void give_name_back();
  struct TimeoutDue {
    std::uint64_t number;
  };
  Timer timer_;
  std::uint64_t timeout_number_ = 0;
  bool timeout_armed_ = false;
};

/// Starts a server and waits until it acknowledges the start.
Result<Pid> start_and_wait(System& system, std::unique_ptr<ServerBody> body,
                           const StartOptions& options, Bond bond);

}  // namespace detail
}  // namespace kith
