// SPDX-License-Identifier: Apache-2.0
#include "transport/internal/zmq_socket.hpp"

#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include <zmq.h>

#include "core/check.hpp"
#include "transport/frame.hpp"
#include "transport/internal/descriptors.hpp"

namespace kith::transport::internal {

namespace {

constexpr std::size_t message_parts_max = 4;
/// Bytes kept of a part that is larger than a frame: enough for the prefix of a request.
constexpr std::size_t begin_bytes = 16;
constexpr int connection_events = ZMQ_EVENT_HANDSHAKE_SUCCEEDED | ZMQ_EVENT_CONNECT_RETRIED |
                                  ZMQ_EVENT_DISCONNECTED | ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL |
                                  ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL |
                                  ZMQ_EVENT_HANDSHAKE_FAILED_AUTH;

int kind_of(ZmqKind kind) {
  switch (kind) {
    case ZmqKind::router:
      return ZMQ_ROUTER;
    case ZmqKind::dealer:
      return ZMQ_DEALER;
    case ZmqKind::pair:
      break;
  }
  return ZMQ_PAIR;
}

int option_of(ZmqOption option) {
  switch (option) {
    case ZmqOption::linger_milliseconds:
      return ZMQ_LINGER;
    case ZmqOption::send_frames_max:
      return ZMQ_SNDHWM;
    case ZmqOption::receive_frames_max:
      return ZMQ_RCVHWM;
    case ZmqOption::frame_bytes_max:
      return ZMQ_MAXMSGSIZE;  // 64 bits wide: see set()
    case ZmqOption::only_when_connected:
      return ZMQ_IMMEDIATE;
    case ZmqOption::refuse_unknown_receiver:
      return ZMQ_ROUTER_MANDATORY;
    case ZmqOption::reconnect_milliseconds:
      return ZMQ_RECONNECT_IVL;
    case ZmqOption::reconnect_milliseconds_max:
      return ZMQ_RECONNECT_IVL_MAX;
    case ZmqOption::heartbeat_milliseconds:
      return ZMQ_HEARTBEAT_IVL;
    case ZmqOption::heartbeat_timeout_milliseconds:
      return ZMQ_HEARTBEAT_TIMEOUT;
    case ZmqOption::handshake_milliseconds:
      return ZMQ_HANDSHAKE_IVL;
    case ZmqOption::listening_descriptor:
      return ZMQ_USE_FD;
    case ZmqOption::ipv6:
      break;
  }
  return ZMQ_IPV6;
}

Error socket_error() {
  const int number = zmq_errno();
  return {ErrorCode::input_output, number == EADDRINUSE ? "already in use" : zmq_strerror(number)};
}

struct Part {
  Bytes bytes;
  std::size_t size_bytes = 0;
  bool more = false;
};

/// Receives the next part of a message; nullopt if there is none now.
std::optional<Part> receive_part(void* socket) {
  zmq_msg_t message;
  zmq_msg_init(&message);
  if (zmq_msg_recv(&message, socket, ZMQ_DONTWAIT) < 0) {
    zmq_msg_close(&message);
    return std::nullopt;
  }
  const auto* data = static_cast<const std::byte*>(zmq_msg_data(&message));
  Part part;
  part.size_bytes = zmq_msg_size(&message);
  part.bytes.assign(data,
                    data + (part.size_bytes > frame_bytes_max ? begin_bytes : part.size_bytes));
  part.more = zmq_msg_more(&message) != 0;
  zmq_msg_close(&message);
  return part;
}

/// A part that ZeroMQ sends without a copy.
struct Lent {
  Bytes bytes;
  std::function<void()> released;
};

void take_back(void*, void* hint) {
  const std::unique_ptr<Lent> lent(static_cast<Lent*>(hint));
  lent->released();
}

}  // namespace

ZmqContext::ZmqContext() : handle_(zmq_ctx_new(), [](void* context) { zmq_ctx_term(context); }) {
  KITH_CHECK(handle_ != nullptr);
  // A node has up to four sockets per peer, and a monitor for one of them.
  zmq_ctx_set(handle_.get(), ZMQ_MAX_SOCKETS, 16'384);
}

Result<ZmqSocket> ZmqSocket::make(const ZmqContext& context, ZmqKind kind) {
  void* handle = zmq_socket(context.handle(), kind_of(kind));
  if (handle == nullptr) {
    KITH_CHECK(zmq_errno() == EMFILE);
    return no_descriptor_left();
  }
  return ZmqSocket(context, handle);
}

ZmqSocket::ZmqSocket(ZmqContext context, void* handle)
    : context_(std::move(context)), handle_(handle, zmq_close) {
  set(ZmqOption::linger_milliseconds, 0);
}

void ZmqSocket::set(ZmqOption option, int value) {
  if (option == ZmqOption::frame_bytes_max) {
    const std::int64_t wide = value;
    KITH_CHECK(zmq_setsockopt(handle(), ZMQ_MAXMSGSIZE, &wide, sizeof(wide)) == 0);
    return;
  }
  KITH_CHECK(zmq_setsockopt(handle(), option_of(option), &value, sizeof(value)) == 0);
}

Result<void> ZmqSocket::bind(const std::string& endpoint) {
  if (zmq_bind(handle(), endpoint.c_str()) != 0) return socket_error();
  return {};
}

Result<void> ZmqSocket::connect(const std::string& endpoint) {
  if (zmq_connect(handle(), endpoint.c_str()) != 0) return socket_error();
  return {};
}

std::string ZmqSocket::bound_endpoint() const {
  std::array<char, 512> text{};
  std::size_t size = text.size();
  if (zmq_getsockopt(handle(), ZMQ_LAST_ENDPOINT, text.data(), &size) != 0) return {};
  return text.data();
}

ZmqSent ZmqSocket::send(std::initializer_list<BytesView> parts) {
  std::size_t left = parts.size();
  for (const BytesView part : parts) {
    const int flags = ZMQ_DONTWAIT | (--left > 0 ? ZMQ_SNDMORE : 0);
    if (zmq_send(handle(), part.data(), part.size(), flags) >= 0) continue;
    return zmq_errno() == EAGAIN ? ZmqSent::not_now : ZmqSent::never;
  }
  return ZmqSent::yes;
}

ZmqSent ZmqSocket::send(std::initializer_list<BytesView> parts, Bytes last,
                        std::function<void()> released) {
  auto lent = std::make_unique<Lent>(std::move(last), std::move(released));
  zmq_msg_t message;
  Lent& kept = *lent;
  KITH_CHECK(zmq_msg_init_data(&message, kept.bytes.data(), kept.bytes.size(), take_back,
                               lent.release()) == 0);
  for (const BytesView part : parts) {
    if (zmq_send(handle(), part.data(), part.size(), ZMQ_DONTWAIT | ZMQ_SNDMORE) >= 0) continue;
    const ZmqSent failed = zmq_errno() == EAGAIN ? ZmqSent::not_now : ZmqSent::never;
    zmq_msg_close(&message);
    return failed;
  }
  if (zmq_msg_send(&message, handle(), ZMQ_DONTWAIT) >= 0) return ZmqSent::yes;
  const ZmqSent failed = zmq_errno() == EAGAIN ? ZmqSent::not_now : ZmqSent::never;
  zmq_msg_close(&message);
  return failed;
}

std::optional<ZmqMessage> ZmqSocket::receive() {
  ZmqMessage message;
  while (auto part = receive_part(handle())) {
    message.size_bytes += part->size_bytes;
    const bool more = part->more;
    if (message.parts.size() < message_parts_max) message.parts.push_back(std::move(part->bytes));
    if (!more) return message;
  }
  return std::nullopt;
}

bool ZmqSocket::writable() const {
  int events = 0;
  std::size_t size = sizeof(events);
  if (zmq_getsockopt(handle(), ZMQ_EVENTS, &events, &size) != 0) return false;
  return (events & ZMQ_POLLOUT) != 0;
}

Result<std::unique_ptr<ZmqMonitor>> ZmqMonitor::make(const ZmqContext& context,
                                                     const ZmqSocket& watched, ZmqWatch what,
                                                     const std::string& name) {
  auto events = ZmqSocket::make(context, ZmqKind::pair);
  if (!events) return events.error();
  const std::string endpoint = "inproc://monitor-" + name;
  const int told = what == ZmqWatch::connection ? connection_events : ZMQ_EVENT_ACCEPT_FAILED;
  if (zmq_socket_monitor(watched.handle(), endpoint.c_str(), told) != 0) {
    KITH_CHECK(zmq_errno() == EMFILE);
    return no_descriptor_left();
  }
  KITH_CHECK(events->connect(endpoint).has_value());
  return std::unique_ptr<ZmqMonitor>(new ZmqMonitor(watched, *std::move(events)));
}

ZmqMonitor::ZmqMonitor(const ZmqSocket& watched, ZmqSocket events)
    : watched_(watched.shared()), events_(std::move(events)) {}

ZmqMonitor::~ZmqMonitor() {
  zmq_socket_monitor(watched_.get(), nullptr, 0);
}

std::optional<ZmqEvent> ZmqMonitor::next() {
  while (const auto message = events_.receive()) {
    const Bytes& first = message->parts.front();
    std::uint16_t event = 0;
    if (first.size() < sizeof(event)) continue;
    std::memcpy(&event, first.data(), sizeof(event));
    if (event == ZMQ_EVENT_HANDSHAKE_SUCCEEDED) return ZmqEvent::connected;
    if (event == ZMQ_EVENT_DISCONNECTED) return ZmqEvent::disconnected;
    if (event == ZMQ_EVENT_ACCEPT_FAILED) return ZmqEvent::accept_failed;
    if (event != ZMQ_EVENT_MONITOR_STOPPED) return ZmqEvent::refused;
  }
  return std::nullopt;
}

std::vector<bool> zmq_wait(const std::vector<ZmqWait>& waits, std::chrono::milliseconds timeout) {
  std::vector<zmq_pollitem_t> items;
  items.reserve(waits.size());
  for (const ZmqWait& wait : waits) {
    const int events = wait.writable ? ZMQ_POLLOUT : ZMQ_POLLIN;
    items.push_back({wait.socket, wait.descriptor, static_cast<short>(events), 0});
  }
  zmq_poll(items.data(), static_cast<int>(items.size()), static_cast<long>(timeout.count()));
  std::vector<bool> ready;
  ready.reserve(items.size());
  for (const zmq_pollitem_t& item : items) ready.push_back(item.revents != 0);
  return ready;
}

}  // namespace kith::transport::internal
