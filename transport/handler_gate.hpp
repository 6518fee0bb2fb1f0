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

/// Stands between a transport and a handler that is not ready yet, or not any more, so that the
/// port can be open although nothing behind it may be reached. Until `open` it keeps what comes, up
/// to `limits::early_messages_bytes_max`; then requests are refused as `unavailable`, and messages
/// are dropped and their sender disconnected, which it is told. After `close` requests are refused.
/// Thread-safety: that of `TransportHandler`; `open` and `close` any thread, once each.
class HandlerGate final : public TransportHandler {
 public:
  /// What it needs of the transport: to answer a request, and to break the streams with a peer.
  struct Actions {
    std::function<void(const ClientId&, const Error&)> refuse;
    std::function<void(const Address&)> disconnect;
  };

  HandlerGate(TransportHandler& handler, Actions actions)
      : handler_(handler), actions_(std::move(actions)) {}

  /// Hands on what was kept, in order, and from now on everything at once.
  void open();
  /// From now on requests are refused as `unavailable`.
  void close();

  void on_message(const Peer& from, Channel channel, BytesView message) override;
  void on_lost(const NodeId& peer) override;
  void on_request(const ClientId& client, BytesView request) override;

 private:
  enum class State : std::uint8_t { starting, open, closed };

  /// Keeps what is to be done when the gate opens; false when there is no room. Done at once when
  /// it has opened meanwhile.
  bool keep(std::size_t cost_bytes, std::function<void()> event);
  /// Gives a request to the handler, or refuses it when the gate is closed.
  void pass(const ClientId& client, BytesView request);

  TransportHandler& handler_;
  Actions actions_;
  std::atomic<State> state_{State::starting};
  Mutex mutex_;
  std::deque<std::function<void()>> kept_ KITH_GUARDED_BY(mutex_);
  std::size_t kept_bytes_ KITH_GUARDED_BY(mutex_) = 0;
};

}  // namespace kith::transport
