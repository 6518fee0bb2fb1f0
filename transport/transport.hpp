// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

#include "core/bytes.hpp"
#include "core/node_id.hpp"
#include "core/result.hpp"

namespace kith::transport {

/// The address of a node: "host:port".
using Address = std::string;

/// Streams between two nodes, each first in, first out; a flood on one does not delay the others.
/// Source: docs/cluster-protocol.md#channels.
enum class Channel : std::uint8_t {
  control,  ///< probes and acks: sent first; a full queue drops the oldest message
  state,    ///< membership and registry deltas
  app,      ///< calls, casts, monitors: a gap means the connection is lost
  bulk,     ///< hand-off and snapshots
};

/// The sender of a frame, as its header says.
struct Peer {
  NodeId id;
  Address address;  ///< the address that it advertises
};

/// Identifies a request of an attached app or a `kith` command. Opaque to all but its transport,
/// except that the bytes before the last 8 are the same for all requests of one connection.
using ClientId = std::string;

/// Receives the events of a transport. It is called by one thread at a time (the transport's own,
/// or the one that runs a simulation) and must not block.
class TransportHandler {
 public:
  virtual ~TransportHandler() = default;
  /// Handles a message of a peer of the same cluster.
  virtual void on_message(const Peer& from, Channel channel, BytesView message) = 0;
  /// Handles a break of the app streams with this boot of a peer (gap, restart or disconnect), once
  /// per break. No message of the old stream arrives afterwards; messages sent before may be lost.
  virtual void on_lost(const NodeId& peer) = 0;
  /// Handles a request of an attached app, which `Transport::reply` must answer once.
  virtual void on_request(const ClientId& client, BytesView request) = 0;
};

/// Options of a transport.
struct TransportOptions {
  NodeId self{};
  std::string cluster = "kith";  ///< frames of another cluster are dropped and counted
  Address listen{};              ///< "127.0.0.1:0" takes any free port
  Address advertise{};           ///< the address that peers dial; see own_address.hpp
};

/// Counters for `kith info`; they only increase.
struct TransportCounters {
  std::uint64_t messages_sent = 0;
  std::uint64_t messages_received = 0;
  std::uint64_t frames_sent = 0;
  std::uint64_t frames_received = 0;
  std::uint64_t frames_refused = 0;    ///< too large, malformed, or of another cluster
  std::uint64_t messages_dropped = 0;  ///< by a full queue of control or state
  std::uint64_t requests_refused = 0;  ///< of apps: malformed, too large, or too many in flight
  std::uint64_t answers_dropped = 0;   ///< to apps that do not read their answers
};

/// Carries messages between nodes, and requests and replies between a node and attached apps.
/// Thread-safety: `send`, `reply`, `disconnect` and `counters` may be called from any thread.
class Transport {
 public:
  virtual ~Transport() = default;
  /// Binds, starts to call the handler, which must outlive the transport's `stop`, and returns the
  /// bound address. Errors: `input_output` (the text names the address and the cause).
  virtual Result<Address> start(const TransportOptions& options, TransportHandler& handler) = 0;
  /// Queues a message (at most `limits::frame_size_bytes_max`); never blocks. Success does not mean
  /// arrival. Errors: `overloaded` (app, bulk: the peer's queue is full), `invalid_argument` (too
  /// large, bad address), `unavailable` (stopped).
  virtual Result<void> send(const Address& to, Channel channel, Bytes message) = 0;
  /// Answers a request; drops the answer if the client is gone. An app that does not read its
  /// answers gets errors instead, and later nothing (`limits::client_answers_bytes_max`). Requests
  /// without an answer when the transport stops are answered as `unavailable`.
  virtual void reply(const ClientId& client, Bytes message) = 0;
  /// Closes the connections to this address and drops the messages queued for it.
  virtual void disconnect(const Address& to) = 0;
  /// Stops calling the handler and closes all sockets; sends queued messages for at most one
  /// second.
  virtual void stop() = 0;
  [[nodiscard]] virtual TransportCounters counters() const = 0;
};

}  // namespace kith::transport
