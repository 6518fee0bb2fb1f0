#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/bytes.hpp"
#include "core/result.hpp"

/// The little of ZeroMQ that kith uses, without its header. Sockets are not thread-safe: each has
/// one owner thread.
namespace kith::transport::internal {

/// Owns a ZeroMQ context; sockets keep it alive. Thread-safety: any thread may make sockets.
class ZmqContext {
 public:
  ZmqContext();
  [[nodiscard]] void* handle() const { return handle_.get(); }

 private:
  std::shared_ptr<void> handle_;
};

enum class ZmqKind : std::uint8_t { router, dealer, pair };
enum class ZmqOption : std::uint8_t {
  linger_milliseconds,
  send_frames_max,
  receive_frames_max,
  frame_bytes_max,
  only_when_connected,      ///< 1: nothing is queued before there is a connection
  refuse_unknown_receiver,  ///< 1: a router says when it cannot deliver
  reconnect_milliseconds,
  reconnect_milliseconds_max,
  heartbeat_milliseconds,
  heartbeat_timeout_milliseconds,
  handshake_milliseconds,
  ipv6,
  listening_descriptor,  ///< to be bound with; ZeroMQ closes it
};

/// What came as one message.
struct ZmqMessage {
  std::vector<Bytes> parts;    ///< four at most; one of more than a frame has its begin only
  std::size_t size_bytes = 0;  ///< of all parts as they were sent
};

/// What happened to a message that was to be sent.
enum class ZmqSent : std::uint8_t { yes, not_now, never };

/// One ZeroMQ socket, closed by its destructor. Thread-safety: none.
class ZmqSocket {
 public:
  /// Errors: `input_output` (no descriptor is left).
  static Result<ZmqSocket> make(const ZmqContext& context, ZmqKind kind);

  void set(ZmqOption option, int value);
  /// Errors: `input_output`.
  Result<void> bind(const std::string& endpoint);
  /// Errors: `input_output`.
  Result<void> connect(const std::string& endpoint);
  /// Where a bound socket can be reached.
  [[nodiscard]] std::string bound_endpoint() const;
  /// Sends one message of these parts without waiting.
  ZmqSent send(std::initializer_list<BytesView> parts);
  /// The same with a last part that is not copied. `released` is called on any thread as soon as
  /// ZeroMQ keeps it no more: it has gone to the operating system, or never will.
  ZmqSent send(std::initializer_list<BytesView> parts, Bytes last, std::function<void()> released);
  /// The next message, if there is one now. Parts beyond the fourth are dropped.
  std::optional<ZmqMessage> receive();
  /// Whether a message can be sent now.
  [[nodiscard]] bool writable() const;
  [[nodiscard]] void* handle() const { return handle_.get(); }
  /// The socket, kept open as long as this lives.
  [[nodiscard]] std::shared_ptr<void> shared() const { return handle_; }

 private:
  ZmqSocket(ZmqContext context, void* handle);

  ZmqContext context_;
  std::shared_ptr<void> handle_;
};

/// What a connection went through, or a listening socket (`accept_failed`).
enum class ZmqEvent : std::uint8_t { connected, refused, disconnected, accept_failed };
/// What a monitor tells: how the connection of a socket fares, or that one that is bound cannot
/// accept.
enum class ZmqWatch : std::uint8_t { connection, accepting };

/// Watches a socket. Thread-safety: none; same thread as the socket.
class ZmqMonitor {
 public:
  /// Errors: `input_output` (no descriptor is left).
  static Result<std::unique_ptr<ZmqMonitor>> make(const ZmqContext& context,
                                                  const ZmqSocket& watched, ZmqWatch what,
                                                  const std::string& name);
  ~ZmqMonitor();
  ZmqMonitor(const ZmqMonitor&) = delete;
  ZmqMonitor& operator=(const ZmqMonitor&) = delete;

  /// The next event, if there is one now.
  std::optional<ZmqEvent> next();
  [[nodiscard]] const ZmqSocket& socket() const { return events_; }

 private:
  ZmqMonitor(const ZmqSocket& watched, ZmqSocket events);

  std::shared_ptr<void> watched_;
  ZmqSocket events_;
};

/// What to wait for: a socket, or a file descriptor when `socket` is null.
struct ZmqWait {
  void* socket = nullptr;
  int descriptor = -1;
  bool writable = false;  ///< else: readable
};

/// Waits until one of these is ready, at most this long (negative: for ever). Gives for each
/// whether it is ready.
std::vector<bool> zmq_wait(const std::vector<ZmqWait>& waits, std::chrono::milliseconds timeout);

}  // namespace kith::transport::internal
