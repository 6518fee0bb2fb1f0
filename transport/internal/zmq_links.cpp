// SPDX-License-Identifier: Apache-2.0
#include "transport/internal/zmq_links.hpp"

#include <utility>

#include "transport/internal/endpoint.hpp"

namespace kith::transport::internal {

namespace {

/// Frames queued in ZeroMQ per route. A small number, so that messages which wait longer stay in
/// the outbox, where they are batched and, on control and state, replaced by newer ones.
constexpr int send_frames_max = 64;
/// Size up to which messages are batched into a frame.
constexpr std::size_t batch_bytes_max = 64U << 10U;
/// Frames sent on one route in a row before the other routes and receiving have their turn.
constexpr int frames_per_turn = 8;
constexpr int reconnect_milliseconds = 100;
constexpr int reconnect_milliseconds_max = 5'000;
/// Interval of heartbeats, and the time without an answer after which a connection is closed; a
/// shorter time detects silent failures earlier, but also breaks connections in longer stalls.
constexpr int heartbeat_milliseconds = 5'000;
constexpr int heartbeat_timeout_milliseconds = 15'000;

Result<ZmqSocket> make_socket(const ZmqContext& context, bool ipv6) {
  auto socket = ZmqSocket::make(context, ZmqKind::dealer);
  if (!socket) return socket.error();
  socket->set(ZmqOption::send_frames_max, send_frames_max);
  socket->set(ZmqOption::only_when_connected, 1);
  socket->set(ZmqOption::reconnect_milliseconds, reconnect_milliseconds);
  socket->set(ZmqOption::reconnect_milliseconds_max, reconnect_milliseconds_max);
  socket->set(ZmqOption::heartbeat_milliseconds, heartbeat_milliseconds);
  socket->set(ZmqOption::heartbeat_timeout_milliseconds, heartbeat_timeout_milliseconds);
  socket->set(ZmqOption::ipv6, ipv6 ? 1 : 0);
  return socket;
}

}  // namespace

ZmqLinks::ZmqLinks(ZmqContext context, ZmqShared& shared, PeerTracker& tracker,
                   FrameHeader identity)
    : context_(std::move(context)),
      shared_(shared),
      tracker_(tracker),
      identity_(std::move(identity)) {}

bool ZmqLinks::flush() {
  starved_ = false;
  for (const Route& route : shared_.outbox.take_ready()) {
    if (!blocked_.contains(route)) active_.insert(route);
  }
  for (auto at = active_.begin(); at != active_.end();) {
    Step step = Step::sent;
    for (int i = 0; step == Step::sent && (i < frames_per_turn || at->channel == Channel::control);
         ++i) {
      step = send_frame(*at);
    }
    if (step == Step::blocked) blocked_.insert(*at);
    at = step == Step::sent ? std::next(at) : active_.erase(at);
  }
  return !active_.empty();
}

void ZmqLinks::greet(const Address& address) {
  const Route route{Channel::app, address};
  if (links_.contains(route)) return;
  Link* link = open(route);
  if (!link) return;
  link->greet = true;
  active_.insert(route);
}

void ZmqLinks::close(const Route& route) {
  if (links_.erase(route) != 0 && route.channel == Channel::app) tracker_.on_closed(route.address);
  active_.erase(route);
  blocked_.erase(route);
  // Messages that are already queued for a new stream must still be sent.
  if (shared_.outbox.waiting(route)) active_.insert(route);
}

std::vector<Broken> ZmqLinks::take_broken() {
  std::vector<Broken> broken;
  for (auto& [route, link] : links_) {
    if (has_broken(link)) broken.push_back({route.address, link.had_messages});
  }
  for (const Broken& stream : broken) close({Channel::app, stream.address});
  return broken;
}

bool ZmqLinks::has_broken(Link& link) {
  if (!link.monitor) return false;
  while (const auto event = link.monitor->next()) {
    if (*event == ZmqEvent::connected) link.connected = true;
    // A failed attempt to connect is not a break: nothing was sent on that connection.
    if (*event == ZmqEvent::disconnected && link.connected) return true;
  }
  return false;
}

void ZmqLinks::add_waits(std::vector<ZmqWait>& waits) const {
  for (const auto& [route, link] : links_) {
    if (link.monitor) waits.push_back({.socket = link.monitor->socket().handle()});
    if (blocked_.contains(route)) {
      waits.push_back({.socket = link.socket.handle(), .writable = true});
    }
  }
}

void ZmqLinks::retry() {
  for (auto at = blocked_.begin(); at != blocked_.end();) {
    const auto link = links_.find(*at);
    if (link != links_.end() && !link->second.socket.writable()) {
      ++at;
      continue;
    }
    active_.insert(*at);
    at = blocked_.erase(at);
  }
}

bool ZmqLinks::unsent(bool hopeful) const {
  if (!active_.empty()) return true;
  for (const Route& route : blocked_) {
    const auto link = links_.find(route);
    const bool reached = link != links_.end() && link->second.has_sent;
    // A greeting alone does not delay the stop.
    const bool waits = shared_.outbox.waiting(route) ||
                       (link != links_.end() && link->second.pending_messages > 0);
    if (waits && (hopeful || reached)) return true;
  }
  return false;
}

void ZmqLinks::set_linger(int milliseconds) {
  for (auto& [route, link] : links_) {
    link.socket.set(ZmqOption::linger_milliseconds, link.has_sent ? milliseconds : 0);
  }
}

ZmqLinks::Link* ZmqLinks::open(const Route& route) {
  const auto found = links_.find(route);
  if (found != links_.end()) return &found->second;
  const auto address = parse_address(route.address);
  if (!address || address->port == 0) return nullptr;
  auto link = make_link(*address, route.channel);
  if (!link) {
    starved_ = true;
    return nullptr;
  }
  Link& added = links_.emplace(route, *std::move(link)).first->second;
  if (route.channel == Channel::app) tracker_.on_opened(route.address, added.session);
  if (added.socket.connect(endpoint_of(*address))) return &added;
  close(route);
  return nullptr;
}

/// Creates the socket of a route and, for app, its monitor; nullopt if no descriptor is left.
std::optional<ZmqLinks::Link> ZmqLinks::make_link(const HostPort& address, Channel channel) {
  auto socket = make_socket(context_, address.ipv6);
  if (!socket) return std::nullopt;
  Link link{.socket = *std::move(socket),
            .monitor = nullptr,
            .session = ++sessions_,
            .pending = std::nullopt};
  if (channel != Channel::app) return link;
  auto monitor =
      ZmqMonitor::make(context_, link.socket, ZmqWatch::connection, std::to_string(link.session));
  if (!monitor) return std::nullopt;
  link.monitor = *std::move(monitor);
  return link;
}

/// Sends one frame. A frame that ZeroMQ does not take stays in `pending`: it has its number in the
/// sequence, so that it must be sent before any later one.
ZmqLinks::Step ZmqLinks::send_frame(const Route& route) {
  Link* link = open(route);
  if (!link && starved_) return Step::blocked;
  if (!link) {
    shared_.outbox.clear(route);  // the address cannot be dialled
    return Step::nothing_to_send;
  }
  if (!link->pending) {
    if (!link->greet && !shared_.outbox.waiting(route)) return Step::nothing_to_send;
    if (!link->socket.writable()) return Step::blocked;
    if (!prepare(route, *link)) return Step::nothing_to_send;
  }
  if (link->socket.send({*link->pending}) != ZmqSent::yes) return Step::blocked;
  shared_.counters.frames_sent += 1;
  shared_.counters.messages_sent += link->pending_messages;
  link->pending.reset();
  link->pending_messages = 0;
  link->has_sent = true;
  return Step::sent;
}

/// Encodes the next frame; false if there is nothing to send.
bool ZmqLinks::prepare(const Route& route, Link& link) {
  const std::vector<Bytes> messages = shared_.outbox.take(route, batch_bytes_max);
  if (messages.empty() && !link.greet) return false;
  identity_.channel = route.channel;
  identity_.session = link.session;
  identity_.given_up = route.channel == Channel::app ? tracker_.given_up(route.address) : 0;
  identity_.sequence = ++link.sequence;
  link.pending = encode_frame(identity_, messages);
  link.pending_messages = messages.size();
  link.had_messages = link.had_messages || !messages.empty();
  link.greet = false;
  return true;
}

}  // namespace kith::transport::internal
