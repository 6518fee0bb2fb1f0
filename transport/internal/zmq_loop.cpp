#include "transport/internal/zmq_loop.hpp"

#include <chrono>
#include <csignal>
#include <string>
#include <utility>

#include "transport/frame.hpp"
#include "transport/internal/endpoint.hpp"
#include "transport/internal/request_format.hpp"
#include "transport/own_address.hpp"

namespace kith::transport::internal {

namespace {

using std::chrono::milliseconds;

constexpr milliseconds for_ever{-1};
/// Frames taken in a row before the sending side gets its turn.
constexpr int frames_per_turn = 256;
/// Frames of one connection that wait to be taken; then its sender is held back.
constexpr int receive_frames_max = 256;
/// Answers that wait for one app; more are dropped.
constexpr int waiting_answers_max = 65'536;
constexpr milliseconds drain_time_max{500};
/// How long a peer that was never reached is waited for when stopping.
constexpr milliseconds first_connection_time_max{200};
constexpr int linger_milliseconds = 500;

FrameHeader identity_of(const TransportOptions& options, const Address& bound) {
  FrameHeader header;
  header.sender = options.self;
  header.cluster = options.cluster;
  header.sender_address = advertised(options.advertise, bound);
  return header;
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
  const auto address = parse_address(options.listen);
  if (!address) return address.error();
  const auto numeric = numeric_address(*address);
  if (!numeric) return numeric.error();
  const ZmqContext context;
  ZmqSocket router(context, ZmqKind::router);
  router.set(ZmqOption::receive_frames_max, receive_frames_max);
  router.set(ZmqOption::send_frames_max, waiting_answers_max);
  router.set(ZmqOption::frame_bytes_max, static_cast<int>(frame_bytes_max));
  router.set(ZmqOption::refuse_unknown_receiver, 1);
  router.set(ZmqOption::ipv6, numeric->ipv6 ? 1 : 0);
  if (const auto bound = router.bind(endpoint_of(*numeric)); !bound) {
    return Error(bound.error().code(),
                 "cannot listen on " + options.listen + ": " + bound.error().text() +
                     "; choose another address, or port 0 for any free one");
  }
  const std::string endpoint = router.bound_endpoint();
  const std::string host = options.listen.substr(0, options.listen.rfind(':'));
  Address bound = host + endpoint.substr(endpoint.rfind(':'));
  return std::unique_ptr<ZmqLoop>(new ZmqLoop(context, std::move(router), std::move(bound), options,
                                              handler, shared, std::move(log)));
}

ZmqLoop::ZmqLoop(ZmqContext context, ZmqSocket router, Address bound,
                 const TransportOptions& options, TransportHandler& handler, ZmqShared& shared,
                 std::shared_ptr<Log> log)
    : handler_(handler),
      shared_(shared),
      log_(std::move(log)),
      cluster_(options.cluster),
      bound_(std::move(bound)),
      router_(std::move(router)),
      links_(std::move(context), shared, tracker_, identity_of(options, bound_)) {}

void ZmqLoop::run() {
  block_signals();
  bool busy = false;
  while (!shared_.stopping) {
    wait(busy, for_ever);
    handle_closing();
    handle_broken();
    busy = receive();
    send_replies();
    busy = links_.flush() || busy;
  }
  drain();
}

void ZmqLoop::wait(bool busy, milliseconds timeout) {
  waits_.clear();
  waits_.push_back({.descriptor = shared_.waker.descriptor()});
  waits_.push_back({.socket = router_.handle()});
  links_.add_waits(waits_);
  const std::vector<bool> ready = zmq_wait(waits_, busy ? milliseconds{0} : timeout);
  if (ready.front()) shared_.waker.seen();
  links_.retry();
}

bool ZmqLoop::receive() {
  for (int i = 0; i < frames_per_turn; ++i) {
    const auto parts = router_.receive();
    if (!parts) return false;
    const bool whole = parts->size() == 2 && !parts->back().empty();
    if (whole && parts->back().front() == frame_mark) take_frame(parts->back());
    else if (whole) take_request(parts->front(), parts->back());
    else shared_.counters.frames_refused += 1;
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

void ZmqLoop::take_request(const Bytes& client, const Bytes& payload) {
  if (payload.size() < request_prefix_bytes || payload.front() != request_mark) {
    shared_.counters.frames_refused += 1;
    return;
  }
  const BytesView view(payload);
  ClientId id(as_text(view.subspan(1, request_number_bytes)));
  id += as_text(client);
  handler_.on_request(id, view.subspan(request_prefix_bytes));
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
    for (const Channel channel :
         {Channel::control, Channel::state, Channel::app, Channel::bulk}) {
      links_.close({channel, address});
    }
    // The owner closed it, so it needs not be told.
    static_cast<void>(tracker_.on_broken(address, false));
  }
}

void ZmqLoop::send_replies() {
  for (const Reply& reply : shared_.take_replies()) {
    if (reply.client.size() <= request_number_bytes) continue;
    const BytesView client = as_bytes(reply.client);
    Bytes payload{reply_mark};
    payload.reserve(request_prefix_bytes + reply.message.size());
    payload.insert(payload.end(), client.begin(), client.begin() + request_number_bytes);
    payload.insert(payload.end(), reply.message.begin(), reply.message.end());
    const ZmqSent sent = router_.send({client.subspan(request_number_bytes), payload});
    if (sent == ZmqSent::not_now) shared_.counters.messages_dropped += 1;
  }
}

void ZmqLoop::drain() {
  const TimePoint begin = clock_.now();
  send_replies();
  bool busy = links_.flush();
  while (clock_.now() - begin < drain_time_max) {
    if (!links_.unsent(clock_.now() - begin < first_connection_time_max)) break;
    wait(busy, milliseconds{10});
    static_cast<void>(links_.take_broken());
    busy = links_.flush();
  }
  router_.set(ZmqOption::linger_milliseconds, linger_milliseconds);
  links_.set_linger(linger_milliseconds);
}

}  // namespace kith::transport::internal
