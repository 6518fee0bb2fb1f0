// SPDX-License-Identifier: Apache-2.0
#include "transport/internal/zmq_loop.hpp"

#include <chrono>
#include <csignal>
#include <span>
#include <string>
#include <utility>

#include "core/limits.hpp"
#include "transport/frame.hpp"
#include "transport/internal/descriptors.hpp"
#include "transport/internal/endpoint.hpp"
#include "transport/own_address.hpp"
#include "transport/request_format.hpp"

namespace kith::transport::internal {

namespace {

using std::chrono::milliseconds;

constexpr milliseconds for_ever{-1};
/// Frames received in a row before sending has its turn.
constexpr int frames_per_turn = 256;
/// Frames of one connection queued in ZeroMQ; beyond that TCP's flow control stops its sender.
constexpr int receive_frames_max = 256;
/// Answers are bounded by their bytes (`ClientLedger`), not by their number.
constexpr int unlimited = 0;
/// Interval of attempts to accept or to create sockets while no descriptors are left.
constexpr milliseconds starved_interval{1000};
constexpr milliseconds drain_time_max{500};
/// Time that `drain` waits for a peer that was never connected.
constexpr milliseconds first_connection_time_max{200};
constexpr int linger_milliseconds = 500;
/// Time that `drain` gives apps to read their last answers: ZeroMQ drops what they have not read
/// when the connection ends.
constexpr milliseconds last_answers_time{200};

FrameHeader identity_of(const TransportOptions& options, const Address& bound) {
  FrameHeader header;
  header.sender = options.self;
  header.cluster = options.cluster;
  header.sender_address = advertised(options.advertise, bound);
  return header;
}

/// True if the part after the routing id is a frame. All else is treated as a request and answered,
/// so that an app with a malformed request receives an error.
bool is_frame(const ZmqMessage& message) {
  return message.parts.size() == 2 && !message.parts.back().empty() &&
         message.parts.back().front() == frame_mark;
}

void block_signals() {
  sigset_t all;
  sigfillset(&all);
  pthread_sigmask(SIG_BLOCK, &all, nullptr);
}

}  // namespace

Result<std::unique_ptr<ZmqLoop>> ZmqLoop::make(const TransportOptions& options,
                                               TransportHandler& handler, ZmqShared& shared,
                                               std::shared_ptr<Log> log) {
  auto door = open_door(options);
  if (!door) return door.error();
  return std::unique_ptr<ZmqLoop>(
      new ZmqLoop(*std::move(door), options, handler, shared, std::move(log)));
}

/// Opens the listening side. The socket is opened here, not by ZeroMQ, so that it can be paused;
/// ZeroMQ owns it only once `bind` has succeeded.
Result<ZmqLoop::Door> ZmqLoop::open_door(const TransportOptions& options) {
  const auto address = parse_address(options.listen);
  if (!address) return address.error();
  const auto numeric = numeric_address(*address);
  if (!numeric) return numeric.error();
  auto listener = Listener::open(*numeric);
  if (!listener) {
    return Error(listener.error().code(),
                 "cannot listen on " + options.listen + ": " + listener.error().text() +
                     "; choose another address, or port 0 for any free one");
  }
  const ZmqContext context;
  auto router = ZmqSocket::make(context, ZmqKind::router);
  if (!router) return router.error();
  router->set(ZmqOption::receive_frames_max, receive_frames_max);
  router->set(ZmqOption::send_frames_max, unlimited);
  router->set(ZmqOption::frame_bytes_max, static_cast<int>(limits::refused_message_bytes_max));
  router->set(ZmqOption::refuse_unknown_receiver, 1);
  router->set(ZmqOption::ipv6, numeric->ipv6 ? 1 : 0);
  router->set(ZmqOption::listening_descriptor, (*listener)->descriptor());
  auto accepting = ZmqMonitor::make(context, *router, ZmqWatch::accepting, "listener");
  if (!accepting) return accepting.error();
  if (const auto bound = router->bind(endpoint_of(*numeric)); !bound) return bound.error();
  (*listener)->hand_over();
  const std::string endpoint = router->bound_endpoint();
  const std::string host = options.listen.substr(0, options.listen.rfind(':'));
  return Door{.context = context,
              .listener = *std::move(listener),
              .router = *std::move(router),
              .accepting = *std::move(accepting),
              .bound = host + endpoint.substr(endpoint.rfind(':'))};
}

ZmqLoop::ZmqLoop(Door door, const TransportOptions& options, TransportHandler& handler,
                 ZmqShared& shared, std::shared_ptr<Log> log)
    : handler_(handler),
      shared_(shared),
      log_(std::move(log)),
      cluster_(options.cluster),
      door_(std::move(door)),
      links_(door_.context, shared, tracker_, identity_of(options, door_.bound)),
      next_try_(clock_.now()) {}

void ZmqLoop::run() {
  block_signals();
  bool busy = false;
  while (!shared_.stopping) {
    const bool starved = door_.listener->paused() || links_.starved();
    wait(busy, starved ? starved_interval : for_ever);
    handle_closing();
    handle_broken();
    busy = receive();
    send_replies();
    busy = links_.flush() || busy;
    watch_descriptors();
    report();
  }
  drain();
}

void ZmqLoop::wait(bool busy, milliseconds timeout) {
  waits_.clear();
  waits_.push_back({.descriptor = shared_.waker.descriptor()});
  waits_.push_back({.socket = door_.router.handle()});
  waits_.push_back({.socket = door_.accepting->socket().handle()});
  links_.add_waits(waits_);
  const std::vector<bool> ready = zmq_wait(waits_, busy ? milliseconds{0} : timeout);
  if (ready.front()) shared_.waker.seen();
  links_.retry();
}

bool ZmqLoop::receive() {
  for (int i = 0; i < frames_per_turn; ++i) {
    const auto message = door_.router.receive();
    if (!message) return false;
    if (is_frame(*message))
      take_frame(message->parts.back());
    else
      take_request(*message);
  }
  return true;
}

void ZmqLoop::take_frame(const Bytes& payload) {
  const auto frame = decode_frame(payload);
  if (!frame || frame->header.cluster != cluster_) {
    shared_.counters.frames_refused += 1;
    return;
  }
  shared_.counters.frames_received += 1;
  const Verdict verdict = tracker_.on_frame(frame->header);
  for (const Address& address : verdict.end) end_stream(address);
  for (const NodeId& peer : verdict.lost) lose(peer);
  if (verdict.greet) links_.greet(frame->header.sender_address);
  if (verdict.deliver) deliver(*frame);
}

void ZmqLoop::deliver(const Frame& frame) {
  shared_.counters.messages_received += frame.messages.size();
  const Peer peer{frame.header.sender, frame.header.sender_address};
  for (const BytesView message : frame.messages) {
    handler_.on_message(peer, frame.header.channel, message);
  }
}

void ZmqLoop::take_request(const ZmqMessage& message) {
  const Bytes& routing_id = message.parts.front();
  const std::size_t size_bytes = message.size_bytes - routing_id.size();
  const RequestEnvelope request = read_request(std::span(message.parts).subspan(1), size_bytes);
  const ClientId client = make_client_id(routing_id, request);
  if (request.problem) return shared_.refuse(client, *request.problem);
  if (shared_.stopping) {
    return shared_.refuse(client, {ErrorCode::unavailable, "the node is shutting down"});
  }
  if (const auto opened = shared_.open_request(client, size_bytes); !opened) {
    return shared_.refuse(client, opened.error());
  }
  handler_.on_request(client, request.body);
}

void ZmqLoop::end_stream(const Address& address) {
  const Route route{Channel::app, address};
  shared_.outbox.clear(route);
  links_.close(route);
}

void ZmqLoop::lose(const NodeId& peer) {
  log_->info("transport", "the connection to a peer is lost", {{"peer", peer.name}});
  handler_.on_lost(peer);
}

void ZmqLoop::handle_broken() {
  for (const Broken& stream : links_.take_broken()) {
    const auto peer = tracker_.on_broken(stream.address, stream.had_messages);
    if (!peer) continue;
    end_stream(stream.address);
    lose(*peer);
    links_.greet(stream.address);
  }
}

void ZmqLoop::handle_closing() {
  for (const Address& address : shared_.outbox.take_closing()) {
    for (const Channel channel : {Channel::control, Channel::state, Channel::app, Channel::bulk}) {
      links_.close({channel, address});
    }
    // The owner requested it, so that it is not notified.
    static_cast<void>(tracker_.on_broken(address, false));
  }
}

bool ZmqLoop::send_replies() {
  const std::vector<Reply> replies = shared_.take_replies();
  for (const Reply& reply : replies) {
    const auto to = read_client_id(reply.client);
    if (!to) continue;
    Bytes payload{reply_mark};
    payload.reserve(request_prefix_bytes + reply.message.size());
    payload.insert(payload.end(), to->number.begin(), to->number.end());
    payload.insert(payload.end(), reply.message.begin(), reply.message.end());
    const auto released = [&shared = shared_, connection = std::string(to->connection),
                           kept_bytes = reply.kept_bytes] {
      shared.release(connection, kept_bytes);
    };
    // Fails if the client is gone; the answer is dropped then.
    const BytesView route = as_bytes(to->connection);
    if (to->delimited)
      door_.router.send({route, {}}, std::move(payload), released);
    else
      door_.router.send({route}, std::move(payload), released);
  }
  return !replies.empty();
}

/// Pauses the listener when no descriptors are left, and tries to resume it later.
void ZmqLoop::watch_descriptors() {
  bool failed = false;
  while (const auto event = door_.accepting->next()) {
    failed = failed || *event == ZmqEvent::accept_failed;
  }
  const TimePoint now = clock_.now();
  if (failed || links_.starved()) descriptor_wants_ += 1;
  if (failed) {
    door_.listener->pause();
    next_try_ = now + starved_interval;
  } else if (door_.listener->paused() && now >= next_try_) {
    next_try_ = now + starved_interval;
    if (door_.listener->resume()) {
      log_->info("transport", "there are descriptors again: new connections are accepted");
    }
  }
  if (descriptors_pace_.due(descriptor_wants_, now)) {
    log_->warning("transport", "new connections must wait: " + no_descriptor_left().text());
  }
}

/// Logs how many requests were refused and answers dropped, at the pace of `LogPace`.
void ZmqLoop::report() {
  const std::uint64_t dropped_in_all = shared_.counters.answers_dropped;
  const std::uint64_t refused_in_all = shared_.counters.requests_refused;
  if (dropped_in_all == 0 && refused_in_all == 0) return;
  const TimePoint now = clock_.now();
  if (const auto dropped = dropped_pace_.due(dropped_in_all, now)) {
    log_->warning("transport", "an app does not take its answers, which are dropped",
                  {{"answers", std::to_string(*dropped)},
                   {"bytes_kept_for_an_app", std::to_string(limits::client_answers_bytes_max)}});
  }
  if (const auto refused = refused_pace_.due(refused_in_all, now)) {
    log_->warning("transport",
                  "requests of apps are refused: they are malformed, too large or too many",
                  {{"requests", std::to_string(*refused)}});
  }
}

/// Refuses the requests that arrived before the node began to stop, so that they are answered too.
void ZmqLoop::refuse_requests() {
  for (int i = 0; i < receive_frames_max; ++i) {
    const auto message = door_.router.receive();
    if (!message) return;
    if (!is_frame(*message)) take_request(*message);
  }
}

/// Answers and sends what is left, for a bounded time: frames to connected peers for half a second,
/// to others for less, and answers as long as apps may need to read them.
void ZmqLoop::drain() {
  const TimePoint begin = clock_.now();
  refuse_requests();
  shared_.answer_all({ErrorCode::unavailable,
                      "the node was shut down before it had an answer; what was asked for may have "
                      "been done"});
  const bool answered = send_replies();
  bool busy = links_.flush();
  while (clock_.now() - begin < drain_time_max) {
    const Duration since = clock_.now() - begin;
    const bool being_read = answered && since < last_answers_time;
    if (!being_read && !links_.unsent(since < first_connection_time_max)) break;
    wait(busy, milliseconds{10});
    refuse_requests();
    send_replies();
    static_cast<void>(links_.take_broken());
    busy = links_.flush();
  }
  door_.router.set(ZmqOption::linger_milliseconds, linger_milliseconds);
  links_.set_linger(linger_milliseconds);
}

}  // namespace kith::transport::internal
