// SPDX-License-Identifier: Apache-2.0
#include "actor/gen_server.hpp"

#include <exception>
#include <utility>

#include "actor/internal/process.hpp"
#include "actor/internal/runtime.hpp"

namespace kith {
namespace detail {

Pid parent_of_this() {
  return current_process()->parent();
}

void notice_exit() {
  current_process()->notice_exit();
}

namespace {

/// The answer to a start that `init` cancelled with `ignore_start`.
struct StartIgnored {};

bool is_ignored(Signal& answer) {
  return static_cast<MessageSignal&>(answer).type() == typeid(StartIgnored);
}

}  // namespace

Result<Pid> start_and_wait(System& system, std::unique_ptr<ServerBody> body,
                           const StartOptions& options, Bond bond) {
  body->beginning->register_as = options.register_as;
  if (current_system() == nullptr && bond == Bond::link) bond = Bond::root;
  return in_process(&system, [&]() -> Result<Pid> {
    const Reference request = open_request();
    body->beginning->starter = {self(), request};
    const Result<Spawned> spawned =
        spawn_body(system, std::move(body), options, bond,
                   {.caller = self(), .request = request, .monitor = {}, .is_server = true});
    if (!spawned) {
      close_request(request);
      return spawned.error();
    }
    const auto ready = wait_reply(request, options.timeout, spawned->pid);
    if (ready) return is_ignored(**ready) ? Pid{} : spawned->pid;
    if (ready.error().code() == ErrorCode::timeout) {
      // Unlinked first: the caller gets the error, not also the exit signal "killed".
      if (bond == Bond::link) unlink(spawned->pid);
      exit(spawned->pid, "kill");
    }
    return ready.error();
  });
}

void acknowledge_ignored(Pid starter, Reference request) {
  send_reply(this_system(), self(), starter, request,
             std::make_unique<TypedMessage<StartIgnored>>(SignalKind::reply));
}

void acknowledge_start(Pid starter, Reference request) {
  auto ready = std::make_unique<TypedMessage<Acknowledgement>>(SignalKind::reply);
  send_reply(this_system(), self(), starter, request, std::move(ready));
}

void log_unexpected(const MessageSignal& message, std::string_view why) {
  current_process()->runtime().log->warning("process", "a message was dropped",
                                            {{"pid", to_string(self())},
                                             {"message", std::string(message.wire_name())},
                                             {"why", std::string(why)}});
}

void note_message(const std::type_info& type) {
  current_process()->note_message(type);
}

namespace {

/// The request to end with a reason, after `terminate`.
struct StopServer {
  ExitReason reason;
};
/// The request to suspend or resume.
struct SuspendServer {
  bool on;
};

}  // namespace

void ServerBody::start() {
  take_name();
  try {
    initialise();
  } catch (const ExitProcess&) {
    give_name_back();
    throw;
  } catch (const std::exception&) {
    give_name_back();
    throw;
  }
}

void ServerBody::give_name_back() {
  if (const auto give_back = std::exchange(beginning->register_as.give_back, nullptr)) {
    give_back(self());
  }
}

/// Takes the name; a failure is the error of the start. Unlinks the starter first, so that one that
/// traps exits receives no `Exit` of the new process.
void ServerBody::take_name() {
  if (!beginning->register_as.take) return;
  const Result<void> registered = beginning->register_as.take(self());
  if (registered) return;
  const auto& [starter, request] = beginning->starter;
  unlink(starter);
  send_reply(this_system(), self(), starter, request, failure(registered.error()));
  throw ExitProcess{"normal"};
}

void ServerBody::started() {
  acknowledge_start(beginning->starter.first, beginning->starter.second);
}

void ServerBody::ignored() {
  give_name_back();  // first: the starter may use the name once it has the answer
  acknowledge_ignored(beginning->starter.first, beginning->starter.second);
  throw ExitProcess{"normal"};
}

void ServerBody::arm_timeout(Duration duration) {
  if (duration == infinite) return;
  timeout_armed_ = true;
  const std::uint64_t number = ++timeout_number_;
  timer_ = send_after(duration, self(), TimeoutDue{number});
}

ServerBody::Own ServerBody::take_own(MessageSignal& message) {
  if (message.type() == typeid(TimeoutDue)) {
    const bool due =
        timeout_armed_ && static_cast<TimeoutDue*>(message.content())->number == timeout_number_;
    if (due) timeout_armed_ = false;
    return due ? Own::timeout : Own::handled;
  }
  // Control messages (state, suspend, resume) do not cancel the time-out: a server that is
  // inspected every second must still time out.
  if (!message.is_control && std::exchange(timeout_armed_, false)) cancel_timer(timer_);
  if (message.type() == typeid(StopServer)) {
    end_after_turn(std::move(static_cast<StopServer*>(message.content())->reason));
    return Own::handled;
  }
  if (message.type() == typeid(SuspendServer)) {
    current_process()->set_suspended(static_cast<SuspendServer*>(message.content())->on);
    From<void>(message).reply();
    return Own::handled;
  }
  return Own::no;
}

}  // namespace detail

Result<void> stop_server(const ServerAddress& server, ExitReason reason, Duration timeout) {
  return detail::in_process(server.system(), [&]() -> Result<void> {
    const Result<Pid> pid = server.resolve();
    if (!pid) return pid.error();
    if (*pid == self()) {
      return Error(ErrorCode::invalid_argument, "a server cannot wait for its own end");
    }
    const Reference watch = monitor(*pid);
    // A control message: a suspended server handles it too, and a full mailbox accepts it.
    auto order = std::make_unique<detail::TypedMessage<detail::StopServer>>(
        detail::SignalKind::message, reason);
    order->is_control = true;
    const auto sent = detail::send_message(detail::this_system(), *pid, std::move(order));
    if (!sent) {
      demonitor(watch);
      return sent.error();
    }
    const auto down = detail::receive_down(watch, timeout);
    if (!down) {
      demonitor(watch);
      return Error(ErrorCode::timeout, "the server did not stop in time");
    }
    if (down->reason != reason) return detail::call_error(down->reason, *pid);
    return {};
  });
}

Result<void> suspend_server(const ServerAddress& server, Duration timeout) {
  return detail::control_call<void>(server, detail::SuspendServer{true}, timeout);
}

Result<void> resume_server(const ServerAddress& server, Duration timeout) {
  return detail::control_call<void>(server, detail::SuspendServer{false}, timeout);
}

}  // namespace kith
