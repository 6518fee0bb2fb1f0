// SPDX-License-Identifier: Apache-2.0
#include "transport/handler_gate.hpp"

#include <utility>

#include "core/limits.hpp"

namespace kith::transport {
namespace {

/// Cost of a queued call in addition to its bytes.
constexpr std::size_t event_cost_bytes = 256;

}  // namespace

void HandlerGate::open() {
  for (;;) {
    std::deque<std::function<void()>> events;
    {
      const MutexLock lock(mutex_);
      if (kept_.empty()) {
        // Only once the queue is empty: calls that arrive during the loop must not overtake it.
        State starting = State::starting;
        state_.compare_exchange_strong(starting, State::open, std::memory_order_release);
        return;
      }
      events.swap(kept_);
      kept_bytes_ = 0;
    }
    for (const auto& event : events) event();
  }
}

void HandlerGate::close() {
  state_.store(State::closed, std::memory_order_release);
}

bool HandlerGate::keep(std::size_t cost_bytes, std::function<void()> event) {
  {
    const MutexLock lock(mutex_);
    if (state_.load(std::memory_order_relaxed) == State::starting) {
      if (kept_bytes_ + cost_bytes > limits::early_messages_bytes_max) return false;
      kept_bytes_ += cost_bytes;
      kept_.push_back(std::move(event));
      return true;
    }
  }
  event();
  return true;
}

void HandlerGate::on_message(const Peer& from, Channel channel, BytesView message) {
  if (state_.load(std::memory_order_acquire) != State::starting) {
    return handler_.on_message(from, channel, message);
  }
  const bool kept =
      keep(message.size() + event_cost_bytes, [this, from, channel, copy = to_owned(message)] {
        handler_.on_message(from, channel, copy);
      });
  if (!kept) actions_.disconnect(from.address);
}

void HandlerGate::on_lost(const NodeId& peer) {
  if (state_.load(std::memory_order_acquire) != State::starting) return handler_.on_lost(peer);
  // Costs nothing, so it is always queued: a break must not be lost, and there is at most one per
  // peer.
  static_cast<void>(keep(0, [this, peer] { handler_.on_lost(peer); }));
}

void HandlerGate::on_request(const ClientId& client, BytesView request) {
  if (state_.load(std::memory_order_acquire) != State::starting) return pass(client, request);
  const bool kept = keep(request.size() + event_cost_bytes,
                         [this, client, copy = to_owned(request)] { pass(client, copy); });
  if (!kept) {
    actions_.refuse(client, {ErrorCode::unavailable, "the node is still starting; try again"});
  }
}

void HandlerGate::pass(const ClientId& client, BytesView request) {
  if (state_.load(std::memory_order_acquire) != State::closed) {
    return handler_.on_request(client, request);
  }
  actions_.refuse(client, {ErrorCode::unavailable,
                           "the node is shutting down; ask another node of the cluster"});
}

}  // namespace kith::transport
