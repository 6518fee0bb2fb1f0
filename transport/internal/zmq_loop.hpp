// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "core/clock.hpp"
#include "core/log.hpp"
#include "core/result.hpp"
#include "transport/internal/listener.hpp"
#include "transport/internal/log_pace.hpp"
#include "transport/internal/peer_tracker.hpp"
#include "transport/internal/zmq_links.hpp"
#include "transport/internal/zmq_shared.hpp"
#include "transport/internal/zmq_socket.hpp"
#include "transport/transport.hpp"

namespace kith::transport::internal {

/// Runs the I/O thread of a transport, which owns all sockets. Thread-safety: made and run on one
/// thread at a time.
class ZmqLoop {
 public:
  /// Binds the listening socket. Errors: `input_output`, `invalid_argument`.
  static Result<std::unique_ptr<ZmqLoop>> make(const TransportOptions& options,
                                               TransportHandler& handler, ZmqShared& shared,
                                               std::shared_ptr<Log> log);
  /// Returns the address it listens on.
  [[nodiscard]] const Address& bound() const { return door_.bound; }
  /// Runs until `ZmqShared::stopping` is set, then sends queued messages for at most half a second;
  /// closing the sockets may take as long again.
  void run();

 private:
  /// The listening side.
  struct Door {
    ZmqContext context;
    std::unique_ptr<Listener> listener;
    ZmqSocket router;
    std::unique_ptr<ZmqMonitor> accepting;
    Address bound;
  };
  static Result<Door> open_door(const TransportOptions& options);

  ZmqLoop(Door door, const TransportOptions& options, TransportHandler& handler, ZmqShared& shared,
          std::shared_ptr<Log> log);

  void wait(bool busy, std::chrono::milliseconds timeout);
  bool receive();
  void take_frame(const Bytes& payload);
  void take_request(const ZmqMessage& message);
  void refuse_requests();
  void watch_descriptors();
  void report();
  void deliver(const Frame& frame);
  void end_stream(const Address& address);
  void lose(const NodeId& peer);
  void handle_broken();
  void handle_closing();
  /// Sends queued answers; false if there were none.
  bool send_replies();
  void drain();

  TransportHandler& handler_;
  ZmqShared& shared_;
  std::shared_ptr<Log> log_;
  std::string cluster_;
  SystemClock clock_;
  Door door_;
  PeerTracker tracker_;
  ZmqLinks links_;
  TimePoint next_try_;                  ///< when to resume accepting
  std::uint64_t descriptor_wants_ = 0;  ///< how often no descriptor was left
  LogPace descriptors_pace_;
  LogPace dropped_pace_;
  LogPace refused_pace_;
  std::vector<ZmqWait> waits_;
};

}  // namespace kith::transport::internal
