// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <set>
#include <vector>

#include "core/bytes.hpp"
#include "core/limits.hpp"
#include "core/mutex.hpp"
#include "core/result.hpp"
#include "transport/transport.hpp"

namespace kith::transport::internal {

/// A stream of outgoing messages. Ordered by channel first, so that control is sent first.
struct Route {
  Channel channel = Channel::control;
  Address address;
  friend std::strong_ordering operator<=>(const Route&, const Route&) = default;
};

/// Queues messages to be sent, one bounded queue per route.
/// Thread-safety: all functions may be called from any thread.
class Outbox {
 public:
  /// Messages of control or state queued for one peer: enough for a round of probes to all.
  static constexpr std::size_t small_queue_messages_max = 1024;

  /// Queues a message. Errors: `overloaded` on app and bulk, `invalid_argument` for the address. A
  /// full queue of control or state drops its oldest messages; returns the number dropped.
  Result<std::size_t> push(const Address& to, Channel channel, Bytes message);
  /// Returns the routes that got messages since the last call.
  std::set<Route> take_ready();
  /// Takes messages of a route for one frame: up to `bytes_max`, but at least one if there is any.
  std::vector<Bytes> take(const Route& route, std::size_t bytes_max);
  /// True if messages are queued on this route.
  [[nodiscard]] bool waiting(const Route& route) const;
  /// Drops the messages queued on this route.
  void clear(const Route& route);
  /// Drops the messages queued for this address. Later messages are taken only after
  /// `take_closing` has returned the address, so that they are not sent on a socket that is about
  /// to be closed.
  void close(const Address& address);
  /// Returns the addresses that were closed since the last call.
  std::set<Address> take_closing();

 private:
  struct Queue {
    std::deque<Bytes> messages;
    std::size_t size_bytes = 0;
  };

  mutable Mutex mutex_;
  std::map<Route, Queue> queues_ KITH_GUARDED_BY(mutex_);
  std::set<Route> ready_ KITH_GUARDED_BY(mutex_);
  std::set<Address> closing_ KITH_GUARDED_BY(mutex_);
};

}  // namespace kith::transport::internal
