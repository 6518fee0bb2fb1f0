// SPDX-License-Identifier: Apache-2.0
#include "transport/simulated_transport.hpp"

#include <algorithm>
#include <compare>
#include <functional>
#include <limits>
#include <map>
#include <set>
#include <utility>

#include "core/limits.hpp"
#include "core/random.hpp"
#include "transport/frame.hpp"
#include "transport/internal/endpoint.hpp"
#include "transport/internal/outbox.hpp"
#include "transport/internal/peer_tracker.hpp"
#include "transport/own_address.hpp"

namespace kith::transport {

namespace {

using internal::Route;

constexpr std::uint16_t first_free_port = 20'000;

class SimulatedTransport;

/// A frame in transit.
struct Parcel {
  Address from;
  Address to;
  FrameHeader header;
  std::optional<Bytes> message;  ///< nullopt in a greeting
};

}  // namespace

/// The state of the network, shared with its transports.
class SimulatedNetwork::State {
 public:
  State(ManualClock& clock, SimulatedNetworkOptions options)
      : clock_(clock), options_(options), random_(options.seed) {}

  Result<Address> attach(const Address& listen, SimulatedTransport& transport);
  void detach(const Address& address);
  void carry(Parcel parcel);
  void break_later(const Address& at, const Address& peer, std::uint64_t session);
  void keep_reply(const ClientId& client, Bytes reply) {
    replies_.insert_or_assign(client, std::move(reply));
  }

  /// The key of a planned event: its time, then its number, so that events at one time happen in
  /// the order of planning.
  using When = std::pair<TimePoint, std::uint64_t>;

  void plan(TimePoint due, std::function<void()> action) {
    planned_.emplace(When{due, ++plans_}, std::move(action));
  }
  [[nodiscard]] bool passes(const Address& from, const Address& to) const;
  void arrive(const Parcel& parcel);
  void arrive_request(const Address& to, const ClientId& client, const Bytes& request);
  [[nodiscard]] Duration latency();

  ManualClock& clock_;
  SimulatedNetworkOptions options_;
  Random random_;
  std::map<Address, SimulatedTransport*> stations_;
  std::map<When, std::function<void()>> planned_;
  std::uint64_t plans_ = 0;
  std::map<std::pair<Address, Route>, TimePoint> last_due_;  ///< keeps each stream in order
  std::set<std::pair<Address, Address>> cuts_;
  std::vector<std::set<Address>> isolated_;
  std::map<ClientId, Bytes> replies_;
  std::uint64_t requests_ = 0;
  std::uint16_t next_port_ = first_free_port;
};

namespace {

/// A transport on a simulated network.
class SimulatedTransport final : public Transport {
 public:
  explicit SimulatedTransport(SimulatedNetwork::State& network) : network_(network) {}
  ~SimulatedTransport() override { stop(); }
  SimulatedTransport(const SimulatedTransport&) = delete;
  SimulatedTransport& operator=(const SimulatedTransport&) = delete;

  Result<Address> start(const TransportOptions& options, TransportHandler& handler) override;
  Result<void> send(const Address& to, Channel channel, Bytes message) override;
  void reply(const ClientId& client, Bytes message) override {
    if (handler_) network_.keep_reply(client, std::move(message));
  }
  void disconnect(const Address& to) override {
    end_streams(to);
    static_cast<void>(tracker_.on_broken(to, false));
  }
  void stop() override;
  [[nodiscard]] TransportCounters counters() const override { return counters_; }

  // Called by the network.
  void take(const Parcel& parcel);
  void take_request(const ClientId& client, const Bytes& request) {
    if (handler_) handler_->on_request(client, request);
  }
  void stream_broke(const Address& to, std::uint64_t session);
  void peer_stream_broke(const FrameHeader& header);
  void detached() { handler_ = nullptr; }
  /// Returns the session of our app stream to this address; 0 if there is none.
  [[nodiscard]] std::uint64_t session_to(const Address& to) const {
    const auto found = streams_.find({Channel::app, to});
    return found == streams_.end() ? 0 : found->second.session;
  }

 private:
  struct Stream {
    std::uint64_t session = 0;
    std::uint64_t sequence = 0;
    bool had_messages = false;
  };

  Parcel make_parcel(const Address& to, Channel channel);
  void greet(const Address& to);
  void end_app_stream(const Address& to) {
    streams_.erase({Channel::app, to});
    tracker_.on_closed(to);
  }
  void end_streams(const Address& to) {
    std::erase_if(streams_, [&](const auto& entry) { return entry.first.address == to; });
    tracker_.on_closed(to);
  }
  void lose(const NodeId& peer) {
    if (handler_) handler_->on_lost(peer);
  }

  SimulatedNetwork::State& network_;
  TransportHandler* handler_ = nullptr;  ///< null before the start and after the end
  TransportCounters counters_;
  FrameHeader identity_;
  Address bound_;
  internal::PeerTracker tracker_;
  std::map<Route, Stream> streams_;
  std::uint64_t sessions_ = 0;
};

Result<Address> SimulatedTransport::start(const TransportOptions& options,
                                          TransportHandler& handler) {
  if (!bound_.empty()) return Error(ErrorCode::already_exists, "the transport was started before");
  auto bound = network_.attach(options.listen, *this);
  if (!bound) return bound;
  bound_ = *bound;
  handler_ = &handler;
  identity_.sender = options.self;
  identity_.cluster = options.cluster;
  identity_.sender_address = advertised(options.advertise, bound_);
  return bound;
}

Result<void> SimulatedTransport::send(const Address& to, Channel channel, Bytes message) {
  if (!handler_) return Error(ErrorCode::unavailable, "the transport is stopped");
  if (message.size() > limits::frame_size_bytes_max) {
    return Error(ErrorCode::invalid_argument, "the message is larger than the limit");
  }
  if (const auto address = internal::parse_address(to); !address) return address.error();
  Parcel parcel = make_parcel(to, channel);
  parcel.message = std::move(message);
  streams_[{channel, to}].had_messages = true;
  counters_.messages_sent += 1;
  network_.carry(std::move(parcel));
  return {};
}

void SimulatedTransport::stop() {
  if (!handler_) return;
  handler_ = nullptr;
  network_.detach(bound_);
}

Parcel SimulatedTransport::make_parcel(const Address& to, Channel channel) {
  Stream& stream = streams_[{channel, to}];
  if (stream.session == 0) {
    stream.session = ++sessions_;
    if (channel == Channel::app) tracker_.on_opened(to, stream.session);
  }
  Parcel parcel{.from = bound_, .to = to, .header = identity_, .message = std::nullopt};
  parcel.header.channel = channel;
  parcel.header.session = stream.session;
  parcel.header.given_up = channel == Channel::app ? tracker_.given_up(to) : 0;
  parcel.header.sequence = ++stream.sequence;
  counters_.frames_sent += 1;
  return parcel;
}

void SimulatedTransport::greet(const Address& to) {
  if (handler_ && session_to(to) == 0) network_.carry(make_parcel(to, Channel::app));
}

void SimulatedTransport::take(const Parcel& parcel) {
  if (!handler_) return;
  const FrameHeader& header = parcel.header;
  if (header.cluster != identity_.cluster) {
    counters_.frames_refused += 1;
    return;
  }
  counters_.frames_received += 1;
  const internal::Verdict verdict = tracker_.on_frame(header);
  for (const Address& address : verdict.end) end_app_stream(address);
  for (const NodeId& peer : verdict.lost) lose(peer);
  if (verdict.greet) greet(header.sender_address);
  if (!verdict.deliver || !parcel.message || !handler_) return;
  counters_.messages_received += 1;
  handler_->on_message({header.sender, header.sender_address}, header.channel, *parcel.message);
}

/// Handles a break of our app stream to a peer, unless it is of an earlier session.
void SimulatedTransport::stream_broke(const Address& to, std::uint64_t session) {
  if (!handler_ || session_to(to) != session) return;
  const bool had_messages = streams_[{Channel::app, to}].had_messages;
  end_app_stream(to);
  const auto lost = tracker_.on_broken(to, had_messages);
  if (!lost) return;
  lose(*lost);
  greet(to);
}

/// Handles a break of the peer's app stream to us, of which a frame with this header was lost.
void SimulatedTransport::peer_stream_broke(const FrameHeader& header) {
  if (!handler_ || !tracker_.on_session_broken(header)) return;
  end_app_stream(header.sender_address);
  lose(header.sender);
  greet(header.sender_address);
}

}  // namespace

// --- the network -----------------------------------------------------------

Result<Address> SimulatedNetwork::State::attach(const Address& listen,
                                                SimulatedTransport& transport) {
  const auto parsed = internal::parse_address(listen);
  if (!parsed) return parsed.error();
  Address address = listen;
  if (parsed->port == 0) {
    address = listen.substr(0, listen.rfind(':') + 1) + std::to_string(next_port_++);
  }
  if (!stations_.try_emplace(address, &transport).second) {
    return Error(ErrorCode::input_output, "cannot listen on " + address + ": already in use");
  }
  return address;
}

/// Frees the address and breaks the app streams of others to it.
void SimulatedNetwork::State::detach(const Address& address) {
  stations_.erase(address);
  for (const auto& [other, station] : stations_) {
    if (const auto session = station->session_to(address); session != 0) {
      break_later(other, address, session);
    }
  }
}

Duration SimulatedNetwork::State::latency() {
  const auto range = static_cast<std::uint64_t>(
      (std::max(options_.latency_max, options_.latency_min) - options_.latency_min).count());
  return options_.latency_min + Duration(static_cast<std::int64_t>(random_.below(range + 1)));
}

void SimulatedNetwork::State::carry(Parcel parcel) {
  TimePoint due = clock_.now() + latency();
  TimePoint& last = last_due_[{parcel.from, {parcel.header.channel, parcel.to}}];
  due = std::max(due, last);
  last = due;
  plan(due, [this, held = std::move(parcel)] { arrive(held); });
}

bool SimulatedNetwork::State::passes(const Address& from, const Address& to) const {
  if (cuts_.contains({from, to})) return false;
  return std::ranges::all_of(isolated_, [&](const std::set<Address>& group) {
    return group.contains(from) == group.contains(to);
  });
}

void SimulatedNetwork::State::arrive(const Parcel& parcel) {
  const Channel channel = parcel.header.channel;
  const bool may_be_lost = channel == Channel::control || channel == Channel::state;
  const bool lost = may_be_lost && random_.chance(options_.loss);
  const auto station = stations_.find(parcel.to);
  if (!lost && station != stations_.end() && passes(parcel.from, parcel.to)) {
    station->second->take(parcel);
    return;
  }
  if (may_be_lost) return;
  if (channel != Channel::app) return;
  break_later(parcel.from, parcel.to, parcel.header.session);
  // A lost frame of an app stream would leave a gap, so the stream breaks; both ends are notified.
  plan(clock_.now() + options_.latency_min, [this, to = parcel.to, header = parcel.header] {
    const auto receiver = stations_.find(to);
    if (receiver != stations_.end()) receiver->second->peer_stream_broke(header);
  });
}

void SimulatedNetwork::State::break_later(const Address& at, const Address& peer,
                                          std::uint64_t session) {
  plan(clock_.now() + options_.latency_min, [this, at, peer, session] {
    const auto station = stations_.find(at);
    if (station != stations_.end()) station->second->stream_broke(peer, session);
  });
}

void SimulatedNetwork::State::arrive_request(const Address& to, const ClientId& client,
                                             const Bytes& request) {
  const auto station = stations_.find(to);
  if (station != stations_.end()) station->second->take_request(client, request);
}

SimulatedNetwork::SimulatedNetwork(ManualClock& clock, SimulatedNetworkOptions options)
    : state_(std::make_unique<State>(clock, options)) {}

SimulatedNetwork::~SimulatedNetwork() = default;

std::unique_ptr<Transport> SimulatedNetwork::make_transport() {
  return std::make_unique<SimulatedTransport>(*state_);
}

std::optional<TimePoint> SimulatedNetwork::next_due() const {
  if (state_->planned_.empty()) return std::nullopt;
  return state_->planned_.begin()->first.first;
}

std::size_t SimulatedNetwork::deliver_due() {
  std::size_t count = 0;
  auto& planned = state_->planned_;
  while (!planned.empty() && planned.begin()->first.first <= state_->clock_.now()) {
    const auto next = planned.extract(planned.begin());
    next.mapped()();
    ++count;
  }
  return count;
}

void SimulatedNetwork::cut_one_way(const Address& from, const Address& to) {
  state_->cuts_.emplace(from, to);
}

void SimulatedNetwork::cut(const Address& a, const Address& b) {
  cut_one_way(a, b);
  cut_one_way(b, a);
}

void SimulatedNetwork::isolate(const std::vector<Address>& group) {
  state_->isolated_.emplace_back(group.begin(), group.end());
}

void SimulatedNetwork::heal() {
  state_->cuts_.clear();
  state_->isolated_.clear();
}

void SimulatedNetwork::set_loss(double loss) {
  state_->options_.loss = loss;
}

void SimulatedNetwork::kill(const Address& address) {
  const auto station = state_->stations_.find(address);
  if (station == state_->stations_.end()) return;
  station->second->detached();
  state_->detach(address);
}

std::uint64_t SimulatedNetwork::request(const Address& to, Bytes request) {
  const std::uint64_t number = ++state_->requests_;
  state_->plan(state_->clock_.now(), [state = state_.get(), to, number, held = std::move(request)] {
    state->arrive_request(to, std::to_string(number), held);
  });
  return number;
}

std::optional<Bytes> SimulatedNetwork::reply_to(std::uint64_t request) {
  auto found = state_->replies_.extract(std::to_string(request));
  if (found.empty()) return std::nullopt;
  return std::move(found.mapped());
}

}  // namespace kith::transport
