// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <utility>

#include "core/bytes.hpp"
#include "core/mutex.hpp"
#include "core/result.hpp"
#include "transport/transport.hpp"

namespace kith::transport {

/// Buffers calls of a transport to a handler that is not ready yet, so that the port can be opened
/// before the node has started. Until `open` it queues up to `limits::early_messages_bytes_max`;
/// beyond that it refuses requests as `unavailable`, and drops messages and disconnects their
/// sender, which so learns of the loss. After `close` it refuses requests.
/// Thread-safety: that of `TransportHandler`; `open` and `close` any thread, once each.
class HandlerGate final : public TransportHandler {
 public:
  /// Functions of the transport: refuse a request, and disconnect a peer.
  struct Actions {
    std::function<void(const ClientId&, const Error&)> refuse;
    std::function<void(const Address&)> disconnect;
  };

  HandlerGate(TransportHandler& handler, Actions actions)
      : handler_(handler), actions_(std::move(actions)) {}

  /// Passes the queued calls to the handler, in order, and all later ones at once.
  void open();
  /// Refuses all later requests as `unavailable`.
  void close();

  void on_message(const Peer& from, Channel channel, BytesView message) override;
  void on_lost(const NodeId& peer) override;
  void on_request(const ClientId& client, BytesView request) override;

 private:
  enum class State : std::uint8_t { starting, open, closed };

  /// Queues a call until the gate opens, or runs it at once if it has opened meanwhile; false if
  /// the queue is full.
  bool keep(std::size_t cost_bytes, std::function<void()> event);
  /// Passes a request to the handler, or refuses it if the gate is closed.
  void pass(const ClientId& client, BytesView request);

  TransportHandler& handler_;
  Actions actions_;
  std::atomic<State> state_{State::starting};
  Mutex mutex_;
  std::deque<std::function<void()>> kept_ KITH_GUARDED_BY(mutex_);
  std::size_t kept_bytes_ KITH_GUARDED_BY(mutex_) = 0;
};

}  // namespace kith::transport
