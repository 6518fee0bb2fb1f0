// SPDX-License-Identifier: Apache-2.0
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

/// Wraps the part of ZeroMQ that kith uses, without its header. Sockets are not thread-safe: each
/// has one owner thread.
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
  only_when_connected,      ///< 1: queues no message without a connection
  refuse_unknown_receiver,  ///< 1: a router fails to send to unknown receivers
  reconnect_milliseconds,
  reconnect_milliseconds_max,
  heartbeat_milliseconds,
  heartbeat_timeout_milliseconds,
  handshake_milliseconds,
  ipv6,
  listening_descriptor,  ///< the descriptor to bind with; ZeroMQ closes it
};

/// A received message.
struct ZmqMessage {
  std::vector<Bytes> parts;    ///< at most four; a part larger than a frame is cut
  std::size_t size_bytes = 0;  ///< of all parts as they were sent
};

/// Results of sending a message: sent, would block, or failed for good.
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
  /// Returns the endpoint of a bound socket.
  [[nodiscard]] std::string bound_endpoint() const;
  /// Sends one message of these parts without waiting.
  ZmqSent send(std::initializer_list<BytesView> parts);
  /// Sends a message whose last part is not copied. `released` is called, on any thread, once
  /// ZeroMQ no longer keeps that part: it was written to the operating system, or never will be.
  ZmqSent send(std::initializer_list<BytesView> parts, Bytes last, std::function<void()> released);
  /// Returns the next message, nullopt if there is none now. Drops parts after the fourth.
  std::optional<ZmqMessage> receive();
  /// True if a message can be sent now.
  [[nodiscard]] bool writable() const;
  [[nodiscard]] void* handle() const { return handle_.get(); }
  /// Returns a pointer that keeps the socket open.
  [[nodiscard]] std::shared_ptr<void> shared() const { return handle_; }

 private:
  ZmqSocket(ZmqContext context, void* handle);

  ZmqContext context_;
  std::shared_ptr<void> handle_;
};

/// Events of a connection, or of a listening socket (`accept_failed`).
enum class ZmqEvent : std::uint8_t { connected, refused, disconnected, accept_failed };
/// Kinds of monitors: of the connection of a socket, or of failures of a bound one to accept.
enum class ZmqWatch : std::uint8_t { connection, accepting };

/// Monitors the events of a socket. Thread-safety: none; same thread as the socket.
class ZmqMonitor {
 public:
  /// Errors: `input_output` (no descriptor is left).
  static Result<std::unique_ptr<ZmqMonitor>> make(const ZmqContext& context,
                                                  const ZmqSocket& watched, ZmqWatch what,
                                                  const std::string& name);
  ~ZmqMonitor();
  ZmqMonitor(const ZmqMonitor&) = delete;
  ZmqMonitor& operator=(const ZmqMonitor&) = delete;

  /// Returns the next event, nullopt if there is none now.
  std::optional<ZmqEvent> next();
  [[nodiscard]] const ZmqSocket& socket() const { return events_; }

 private:
  ZmqMonitor(const ZmqSocket& watched, ZmqSocket events);

  std::shared_ptr<void> watched_;
  ZmqSocket events_;
};

/// A socket to poll, or a file descriptor if `socket` is null.
struct ZmqWait {
  void* socket = nullptr;
  int descriptor = -1;
  bool writable = false;  ///< until it is writable, otherwise until it is readable
};

/// Waits until one of these is ready or `timeout` has passed (negative: no timeout). Returns for
/// each whether it is ready.
std::vector<bool> zmq_wait(const std::vector<ZmqWait>& waits, std::chrono::milliseconds timeout);

}  // namespace kith::transport::internal
