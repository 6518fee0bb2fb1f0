// SPDX-License-Identifier: Apache-2.0
#include "transport/request_client.hpp"

#include <algorithm>
#include <chrono>
#include <deque>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "core/limits.hpp"
#include "transport/internal/big_endian.hpp"
#include "transport/internal/endpoint.hpp"
#include "transport/internal/zmq_socket.hpp"
#include "transport/reachability.hpp"
#include "transport/request_format.hpp"

namespace kith::transport {

namespace {

using internal::ZmqEvent;
using internal::ZmqKind;
using internal::ZmqOption;
using internal::ZmqSent;

/// Requests and answers queued in ZeroMQ; further ones stay in TCP's buffers.
constexpr int frames_max = 4096;
constexpr int reconnect_milliseconds = 100;
constexpr int reconnect_milliseconds_max = 2'000;
constexpr std::chrono::milliseconds look_time_max{20};

using Answer = std::pair<std::uint64_t, Result<Bytes>>;

}  // namespace

/// The socket and the requests in flight.
class RequestClient::Connection {
 public:
  static Result<std::unique_ptr<Connection>> make(const Address& address,
                                                  const internal::HostPort& target) {
    const internal::ZmqContext context;
    auto socket = internal::ZmqSocket::make(context, ZmqKind::dealer);
    if (!socket) return socket.error();
    auto monitor =
        internal::ZmqMonitor::make(context, *socket, internal::ZmqWatch::connection, "client");
    if (!monitor) return monitor.error();
    return std::make_unique<Connection>(address, target, *std::move(socket), *std::move(monitor));
  }

  Connection(Address address, const internal::HostPort& target, internal::ZmqSocket socket,
             std::unique_ptr<internal::ZmqMonitor> monitor)
      : address_(std::move(address)), socket_(std::move(socket)), monitor_(std::move(monitor)) {
    socket_.set(ZmqOption::send_frames_max, frames_max);
    socket_.set(ZmqOption::receive_frames_max, frames_max);
    socket_.set(ZmqOption::only_when_connected, 1);
    socket_.set(ZmqOption::reconnect_milliseconds, reconnect_milliseconds);
    socket_.set(ZmqOption::reconnect_milliseconds_max, reconnect_milliseconds_max);
    socket_.set(ZmqOption::ipv6, target.ipv6 ? 1 : 0);
  }

  Result<void> open(const internal::HostPort& target, Duration timeout) {
    if (const auto connected = socket_.connect(internal::endpoint_of(target)); !connected) {
      return no_connection(connected.error().text());
    }
    const TimePoint deadline = deadline_after(clock_.now(), timeout);
    while (!connected_ && !refused_ && clock_.now() < deadline) wait(deadline);
    if (connected_) return {};
    return why_not();
  }

  Result<std::uint64_t> begin(BytesView request) {
    take_events();
    if (!connected_) return no_connection("the connection is down");
    if (request.size() > limits::frame_size_bytes_max) {
      return Error(ErrorCode::invalid_argument, "the request is larger than the limit of " +
                                                    std::to_string(limits::frame_size_bytes_max) +
                                                    " bytes");
    }
    if (pending_.size() >= requests_max) return overloaded();
    const std::uint64_t number = numbers_ + 1;
    Bytes payload{request_mark};
    internal::append_big_endian(payload, number);
    payload.insert(payload.end(), request.begin(), request.end());
    if (socket_.send({payload}) != ZmqSent::yes) return overloaded();
    numbers_ = number;
    pending_.insert(number);
    return number;
  }

  Result<Answer> next(Duration timeout) {
    const TimePoint deadline = deadline_after(clock_.now(), timeout);
    while (true) {
      if (completed_.empty()) take_events();
      if (!completed_.empty()) break;
      if (pending_.empty()) return Error(ErrorCode::not_found, "no request waits for an answer");
      if (clock_.now() >= deadline) return timed_out();
      wait(deadline);
    }
    Answer answer = std::move(completed_.front());
    completed_.pop_front();
    return answer;
  }

  Result<Bytes> wait_for(std::uint64_t number, Duration timeout) {
    const TimePoint deadline = deadline_after(clock_.now(), timeout);
    while (true) {
      take_events();
      const auto found = std::ranges::find(completed_, number, &Answer::first);
      if (found != completed_.end()) {
        Result<Bytes> answer = std::move(found->second);
        completed_.erase(found);
        return answer;
      }
      if (clock_.now() >= deadline) {
        pending_.erase(number);
        return timed_out();
      }
      wait(deadline);
    }
  }

 private:
  [[nodiscard]] Error no_connection(const std::string& why) const {
    return {ErrorCode::no_connection, "no connection to " + address_ + ": " + why};
  }
  /// Finds out why there is no connection, which ZeroMQ does not report. Takes 20 ms at most, since
  /// the caller's timeout has passed.
  [[nodiscard]] Error why_not() const {
    const Reachability seen = try_address(address_, look_time_max);
    if (seen.kind != Reachability::Kind::accepts) {
      return {ErrorCode::no_connection, address_ + " " + seen.text};
    }
    if (refused_) {
      return {ErrorCode::no_connection,
              "what listens at " + address_ + " does not speak the protocol of kith"};
    }
    return {ErrorCode::timeout, "the node at " + address_ +
                                    " accepts connections but does not answer; it may be stopped "
                                    "or overloaded"};
  }
  [[nodiscard]] Error timed_out() const {
    return {ErrorCode::timeout, address_ + " did not answer in time"};
  }
  [[nodiscard]] Error overloaded() const {
    return {ErrorCode::overloaded,
            std::to_string(pending_.size()) + " requests to " + address_ + " already wait"};
  }

  void wait(TimePoint deadline) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - clock_.now());
    internal::zmq_wait({{.socket = socket_.handle()}, {.socket = monitor_->socket().handle()}},
                       std::max(left, std::chrono::milliseconds{0}));
    take_events();
  }

  void take_events() {
    take_answers();
    while (const auto event = monitor_->next()) {
      if (*event == ZmqEvent::connected) connected_ = true;
      if (*event == ZmqEvent::refused) refused_ = true;
      if (*event != ZmqEvent::disconnected || !connected_) continue;
      take_answers();  // answers that arrived before the break are valid
      fail_all();
    }
  }

  void take_answers() {
    while (const auto message = socket_.receive()) take_answer(message->parts.back());
  }

  void take_answer(const Bytes& payload) {
    const BytesView view(payload);
    if (view.size() < request_prefix_bytes || view[0] != reply_mark) return;
    const auto number = internal::read_big_endian<std::uint64_t>(view.subspan(1));
    if (pending_.erase(number) == 0) return;  // late: the request has timed out
    completed_.emplace_back(number, to_owned(view.subspan(request_prefix_bytes)));
  }

  void fail_all() {
    connected_ = false;
    for (const std::uint64_t number : pending_) {
      completed_.emplace_back(number, no_connection("the connection broke"));
    }
    pending_.clear();
  }

  Address address_;
  SystemClock clock_;
  internal::ZmqSocket socket_;
  std::unique_ptr<internal::ZmqMonitor> monitor_;
  bool connected_ = false;
  bool refused_ = false;
  std::uint64_t numbers_ = 0;
  std::set<std::uint64_t> pending_;
  std::deque<Answer> completed_;
};

Result<RequestClient> RequestClient::connect(const Address& address, Duration timeout) {
  const auto target = internal::parse_address(address);
  if (!target) return target.error();
  auto connection = Connection::make(address, *target);
  if (!connection) return connection.error();
  if (const auto opened = (*connection)->open(*target, timeout); !opened) return opened.error();
  return RequestClient(*std::move(connection));
}

RequestClient::RequestClient(std::unique_ptr<Connection> connection)
    : connection_(std::move(connection)) {}
RequestClient::~RequestClient() = default;
RequestClient::RequestClient(RequestClient&&) noexcept = default;
RequestClient& RequestClient::operator=(RequestClient&&) noexcept = default;

Result<Bytes> RequestClient::request(BytesView request, Duration timeout) {
  const auto number = connection_->begin(request);
  if (!number) return number.error();
  return connection_->wait_for(*number, timeout);
}

Result<std::uint64_t> RequestClient::begin(BytesView request) {
  return connection_->begin(request);
}

Result<std::pair<std::uint64_t, Result<Bytes>>> RequestClient::next(Duration timeout) {
  return connection_->next(timeout);
}

}  // namespace kith::transport
