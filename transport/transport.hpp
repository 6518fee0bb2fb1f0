#pragma once

#include <cstdint>
#include <string>

#include "core/bytes.hpp"
#include "core/node_id.hpp"
#include "core/result.hpp"

namespace kith::transport {

/// Where a node can be reached: "host:port".
using Address = std::string;

/// The streams between two nodes; what floods one does not delay another. Each is first in, first
/// out. Source: docs/cluster-protocol.md#channels.
enum class Channel : std::uint8_t {
  control,  ///< probes and acks: served first, tiny queue, the newest wins
  state,    ///< membership and registry deltas
  app,      ///< calls, casts, monitors: a gap means the connection is lost
  bulk,     ///< hand-off and snapshots
};

/// The sender of a frame, as its header says.
struct Peer {
  NodeId id;
  Address address;  ///< where it can be answered
};

/// One request of an attached app or a `kith` command. Known to its transport only, but what stands
/// before its last 8 bytes is the same for all requests of one connection.
using ClientId = std::string;

/// What a transport tells its owner. All calls come from one thread at a time (the transport's own,
/// or the one that drives a simulation) and must not block.
class TransportHandler {
 public:
  virtual ~TransportHandler() = default;
  /// A message of a peer of the same cluster.
  virtual void on_message(const Peer& from, Channel channel, BytesView message) = 0;
  /// The app streams with this boot of this peer broke (gap, restart or disconnect): told once for
  /// each break; nothing of the old stream arrives after. What was sent before may be lost.
  virtual void on_lost(const NodeId& peer) = 0;
  /// A request of an attached app; answer it with `Transport::reply`, once.
  virtual void on_request(const ClientId& client, BytesView request) = 0;
};

/// Who this node is on the wire.
struct TransportOptions {
  NodeId self{};
  std::string cluster = "kith";  ///< frames of another cluster are dropped and counted
  Address listen{};              ///< "127.0.0.1:0" takes any free port
  Address advertise{};           ///< what peers dial; see `advertised` in own_address.hpp
};

/// Counters for `kith info`; only grow.
struct TransportCounters {
  std::uint64_t messages_sent = 0;
  std::uint64_t messages_received = 0;
  std::uint64_t frames_sent = 0;
  std::uint64_t frames_received = 0;
  std::uint64_t frames_refused = 0;    ///< too large, malformed, or of another cluster
  std::uint64_t messages_dropped = 0;  ///< at a bound of control or state
  std::uint64_t requests_refused = 0;  ///< of apps: malformed, too large, or too many under way
  std::uint64_t answers_dropped = 0;   ///< to apps that do not take their answers
};

/// Carries messages between nodes, and requests and replies between a node and attached apps.
/// Thread-safety: `send`, `reply`, `disconnect` and `counters` may be called from any thread.
class Transport {
 public:
  virtual ~Transport() = default;
  /// Binds and begins to call the handler, which must outlive the transport's `stop`. Gives the
  /// bound address. Errors: `input_output` (the text names the address and the cause).
  virtual Result<Address> start(const TransportOptions& options, TransportHandler& handler) = 0;
  /// Queues a message (at most `limits::frame_size_bytes_max`); never blocks. Success does not mean
  /// arrival. Errors: `overloaded` (app, bulk: the peer's queue is full), `invalid_argument` (too
  /// large, bad address), `unavailable` (stopped).
  virtual Result<void> send(const Address& to, Channel channel, Bytes message) = 0;
  /// Answers a request; dropped when the client is gone. An app that does not take its answers gets
  /// errors instead, and then nothing (`limits::client_answers_bytes_max`). A request that has no
  /// answer when the transport stops is answered as `unavailable`.
  virtual void reply(const ClientId& client, Bytes message) = 0;
  /// Closes what is open towards this address and forgets what was queued.
  virtual void disconnect(const Address& to) = 0;
  /// Stops calling the handler and closes everything; sends queued messages for at most one second.
  virtual void stop() = 0;
  [[nodiscard]] virtual TransportCounters counters() const = 0;
};

}  // namespace kith::transport
