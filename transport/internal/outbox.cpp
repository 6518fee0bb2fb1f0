// SPDX-License-Identifier: Apache-2.0
#include "transport/internal/outbox.hpp"

#include <string>
#include <utility>

#include "transport/frame.hpp"
#include "transport/internal/endpoint.hpp"

namespace kith::transport::internal {

namespace {

/// Cost of an empty message, so that the bound on bytes also bounds the number of messages.
constexpr std::size_t message_cost_bytes = sizeof(Bytes);

std::size_t cost_of(const Bytes& message) {
  return message.size() + message_cost_bytes;
}

bool drops_oldest(Channel channel) {
  return channel == Channel::control || channel == Channel::state;
}

}  // namespace

Result<std::size_t> Outbox::push(const Address& to, Channel channel, Bytes message) {
  const MutexLock lock(mutex_);
  const Route route{channel, to};
  auto found = queues_.find(route);
  if (found == queues_.end()) {
    if (const auto parsed = parse_address(to); !parsed) return parsed.error();
    found = queues_.try_emplace(route).first;
  }
  Queue& queue = found->second;
  std::size_t dropped = 0;
  if (drops_oldest(channel) && queue.messages.size() >= small_queue_messages_max) {
    queue.size_bytes -= cost_of(queue.messages.front());
    queue.messages.pop_front();
    dropped = 1;
  } else if (queue.size_bytes + cost_of(message) > limits::peer_queue_bytes_max) {
    return Error(ErrorCode::overloaded, std::to_string(queue.messages.size()) +
                                            " messages already wait to be sent to " + to);
  }
  if (queue.messages.empty()) ready_.insert(route);
  queue.size_bytes += cost_of(message);
  queue.messages.push_back(std::move(message));
  return dropped;
}

std::set<Route> Outbox::take_ready() {
  const MutexLock lock(mutex_);
  return std::exchange(ready_, {});
}

std::vector<Bytes> Outbox::take(const Route& route, std::size_t bytes_max) {
  const MutexLock lock(mutex_);
  std::vector<Bytes> taken;
  const auto found = queues_.find(route);
  if (found == queues_.end() || closing_.contains(route.address)) return taken;
  Queue& queue = found->second;
  std::size_t taken_bytes = 0;
  while (!queue.messages.empty()) {
    Bytes& next = queue.messages.front();
    taken_bytes += next.size() + message_prefix_bytes;
    if (!taken.empty() && taken_bytes > bytes_max) break;
    queue.size_bytes -= cost_of(next);
    taken.push_back(std::move(next));
    queue.messages.pop_front();
  }
  return taken;
}

bool Outbox::waiting(const Route& route) const {
  const MutexLock lock(mutex_);
  const auto found = queues_.find(route);
  return found != queues_.end() && !found->second.messages.empty();
}

void Outbox::clear(const Route& route) {
  const MutexLock lock(mutex_);
  queues_.erase(route);
  ready_.erase(route);
}

void Outbox::close(const Address& address) {
  const MutexLock lock(mutex_);
  for (const Channel channel : {Channel::control, Channel::state, Channel::app, Channel::bulk}) {
    queues_.erase({channel, address});
    ready_.erase({channel, address});
  }
  closing_.insert(address);
}

std::set<Address> Outbox::take_closing() {
  const MutexLock lock(mutex_);
  return std::exchange(closing_, {});
}

}  // namespace kith::transport::internal
