#pragma once

#include <memory>
#include <vector>

#include "core/clock.hpp"
#include "core/log.hpp"
#include "core/result.hpp"
#include "transport/internal/peer_tracker.hpp"
#include "transport/internal/zmq_links.hpp"
#include "transport/internal/zmq_shared.hpp"
#include "transport/internal/zmq_socket.hpp"
#include "transport/transport.hpp"

namespace kith::transport::internal {

/// What the I/O thread of a transport does; it owns all sockets. Thread-safety: made and run on
/// one thread at a time.
class ZmqLoop {
 public:
  /// Binds the listening socket. Errors: `input_output`, `invalid_argument`.
  static Result<std::unique_ptr<ZmqLoop>> make(const TransportOptions& options,
                                               TransportHandler& handler, ZmqShared& shared,
                                               std::shared_ptr<Log> log);
  /// The address it listens on.
  [[nodiscard]] const Address& bound() const { return bound_; }
  /// Works until `ZmqShared::stopping` is set, then sends what waits for at most half a second;
  /// closing the sockets may take as long again.
  void run();

 private:
  ZmqLoop(ZmqContext context, ZmqSocket router, Address bound, const TransportOptions& options,
          TransportHandler& handler, ZmqShared& shared, std::shared_ptr<Log> log);

  void wait(bool busy, std::chrono::milliseconds timeout);
  bool receive();
  void take_frame(const Bytes& payload);
  void take_request(const Bytes& client, const Bytes& payload);
  void deliver(const Frame& frame);
  void end_stream(const Address& address);
  void lose(const NodeId& peer);
  void handle_broken();
  void handle_closing();
  void send_replies();
  void drain();

  TransportHandler& handler_;
  ZmqShared& shared_;
  std::shared_ptr<Log> log_;
  std::string cluster_;
  Address bound_;
  SystemClock clock_;
  ZmqSocket router_;
  PeerTracker tracker_;
  ZmqLinks links_;
  std::vector<ZmqWait> waits_;
};

}  // namespace kith::transport::internal
