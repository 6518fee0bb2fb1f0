// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "core/bytes.hpp"
#include "transport/frame.hpp"
#include "transport/internal/endpoint.hpp"
#include "transport/internal/outbox.hpp"
#include "transport/internal/peer_tracker.hpp"
#include "transport/internal/zmq_shared.hpp"
#include "transport/internal/zmq_socket.hpp"

namespace kith::transport::internal {

/// An app stream whose connection ended.
struct Broken {
  Address address;
  bool had_messages = false;  ///< messages were sent on it, not only a greeting
};

/// Sends frames: one socket per route, created when there is something to send.
/// Thread-safety: none; belongs to the I/O thread. Only `ZmqShared` is shared.
class ZmqLinks {
 public:
  /// `identity` has the fields of each frame that describe its sender; the tracker must outlive
  /// this.
  ZmqLinks(ZmqContext context, ZmqShared& shared, PeerTracker& tracker, FrameHeader identity);

  /// Sends as much as it can without blocking, control first, then some frames of each other route.
  /// True if more could be sent at once.
  bool flush();
  /// Begins a new app stream to this address with an empty frame, unless one is open.
  void greet(const Address& address);
  /// Closes the socket of this route.
  void close(const Route& route);
  /// Closes the app sockets whose connection ended since the last call and returns their addresses.
  std::vector<Broken> take_broken();
  /// Adds the sockets to poll.
  void add_waits(std::vector<ZmqWait>& waits) const;
  /// Tries all blocked routes again at the next `flush`.
  void retry();
  /// True if messages are queued for a route that was connected, or for any route if `hopeful`.
  [[nodiscard]] bool unsent(bool hopeful) const;
  /// True if a socket could not be created since the last `flush` began because no descriptors were
  /// left; its messages stay queued.
  [[nodiscard]] bool starved() const { return starved_; }
  /// Sets how long closed sockets continue to send.
  void set_linger(int milliseconds);

 private:
  struct Link {
    ZmqSocket socket;
    std::unique_ptr<ZmqMonitor> monitor;  ///< app only
    std::uint64_t session;
    std::uint64_t sequence = 0;
    std::optional<Bytes> pending;  ///< a frame that ZeroMQ did not take
    std::uint64_t pending_messages = 0;
    bool greet = false;
    bool connected = false;
    bool has_sent = false;
    bool had_messages = false;
  };
  enum class Step : std::uint8_t { sent, nothing_to_send, blocked };

  Link* open(const Route& route);
  std::optional<Link> make_link(const HostPort& address, Channel channel);
  Step send_frame(const Route& route);
  bool prepare(const Route& route, Link& link);
  static bool has_broken(Link& link);

  ZmqContext context_;
  ZmqShared& shared_;
  PeerTracker& tracker_;
  FrameHeader identity_;
  std::uint64_t sessions_ = 0;
  std::map<Route, Link> links_;
  std::set<Route> active_;   ///< routes with something to send
  std::set<Route> blocked_;  ///< routes with something to send whose socket is not writable
  bool starved_ = false;
};

}  // namespace kith::transport::internal
