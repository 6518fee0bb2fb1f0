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

/// What all servers, agents and machines share; applications use actor/gen_server.hpp.
namespace kith {

namespace detail {

Pid parent_of_this();
/// Says so, from inside the new process.
void acknowledge_start(Pid starter, Reference request);
void acknowledge_ignored(Pid starter, Reference request);
/// Ends the process at once when an exit signal has come that ends it.
void notice_exit();
void log_unexpected(const MessageSignal& message, std::string_view who);
/// What came as bytes is of this type: for crash reports.
void note_message(const std::type_info& type);

/// The name on the wire of that of these messages that has this type; else empty.
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

/// What a server needs only until it is up, so that an idle one stays small.
struct ServerBeginning : Pooled {
  std::pair<Pid, Reference> starter;  ///< who waits, with which request
  Registration register_as;           ///< see `StartOptions`
};

/// A function that is called once at most and then gone. Thread-safety: none.
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

/// What all servers share: the acknowledged start, stop, time-outs.
class ServerBody : public ProcessBody {
 public:
  /// None as soon as it is up.
  std::unique_ptr<ServerBeginning> beginning = std::make_unique<ServerBeginning>();

  /// Takes the name, which a start that fails gives back.
  void start() final;
  void after_start() override { beginning = nullptr; }

 protected:
  /// Brings the server up and ends with `started`; the starter's call stays open until then.
  virtual void initialise() = 0;
  void started();
  /// Says that there is nothing to run, and ends.
  [[noreturn]] void ignored();
  /// Arms the time-out that a handler asked for.
  void arm_timeout(Duration duration);
  [[nodiscard]] bool timeout_armed() const { return timeout_armed_; }
  /// What a message is for the server itself.
  enum class Own : std::uint8_t { no, timeout, handled };
  /// Recognises its time-out (any other message disarms it, but for those of who looks into the
  /// server) and what `stop_server`, `suspend_server` and `resume_server` send.
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

/// Starts a server and waits until it says that its initialisation is done.
Result<Pid> start_and_wait(System& system, std::unique_ptr<ServerBody> body,
                           const StartOptions& options, Bond bond);

}  // namespace detail
}  // namespace kith
