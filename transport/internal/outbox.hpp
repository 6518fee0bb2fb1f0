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

/// One stream of outgoing messages. Ordered by channel first: control is served first.
struct Route {
  Channel channel = Channel::control;
  Address address;
  friend std::strong_ordering operator<=>(const Route&, const Route&) = default;
};

/// The messages that wait to be sent, for each route in order, each within its bound.
/// Thread-safety: all functions may be called from any thread.
class Outbox {
 public:
  /// Messages of control and state that wait for one peer: enough for a round of probes to all.
  static constexpr std::size_t small_queue_messages_max = 1024;

  /// Queues a message. Errors: `overloaded` on app and bulk, `invalid_argument` for the address.
  /// On control and state the oldest message gives way; then the result is the number dropped.
  Result<std::size_t> push(const Address& to, Channel channel, Bytes message);
  /// The routes that got messages since the last call.
  std::set<Route> take_ready();
  /// Messages of a route for one frame: at least one if there is any, else up to `bytes_max`.
  std::vector<Bytes> take(const Route& route, std::size_t bytes_max);
  /// Whether messages wait on this route.
  [[nodiscard]] bool waiting(const Route& route) const;
  /// Forgets what waits on this route.
  void clear(const Route& route);
  /// Forgets what waits for this address. What is pushed later is given out only after the
  /// closing was taken, so that it cannot leave by a socket that is about to be closed.
  void close(const Address& address);
  /// The addresses that were closed since the last call.
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
