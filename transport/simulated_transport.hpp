#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/bytes.hpp"
#include "core/clock.hpp"
#include "transport/transport.hpp"

namespace kith::transport {

/// What a simulated network is like.
struct SimulatedNetworkOptions {
  std::uint64_t seed = 1;
  Duration latency_min = std::chrono::milliseconds(1);
  Duration latency_max = std::chrono::milliseconds(2);
  double loss = 0;  ///< part of the control and state messages that is lost, 0 to 1
};

/// A network inside one thread, on a clock that stands still until it is moved: equal seeds and
/// equal calls give equal deliveries. Messages between two addresses arrive in order on each
/// channel. Control and state messages may be lost; an app message that cannot arrive breaks
/// the app streams between the two, which both ends are told once. It must outlive its transports.
/// Thread-safety: none.
///
///     ManualClock clock;
///     transport::SimulatedNetwork network(clock, {.seed = 7});
///     auto a = network.make_transport();  // and others, which listen and connect
///     while (auto due = network.next_due()) {
///       clock.advance(*due - clock.now());
///       network.deliver_due();
///     }
class SimulatedNetwork {
 public:
  explicit SimulatedNetwork(ManualClock& clock, SimulatedNetworkOptions options = {});
  ~SimulatedNetwork();
  SimulatedNetwork(const SimulatedNetwork&) = delete;
  SimulatedNetwork& operator=(const SimulatedNetwork&) = delete;

  /// A transport on this network. Port 0 in its listen address takes the next free port.
  [[nodiscard]] std::unique_ptr<Transport> make_transport();

  /// When the next thing happens, if anything is under way.
  [[nodiscard]] std::optional<TimePoint> next_due() const;
  /// Lets everything happen that is due by now, in order; gives how many things that were.
  std::size_t deliver_due();

  /// Nothing passes from `from` to `to`, until `heal`.
  void cut_one_way(const Address& from, const Address& to);
  /// Nothing passes between these, until `heal`.
  void cut(const Address& a, const Address& b);
  /// Nothing passes between the group and the rest, nor to addresses that come later, until `heal`.
  void isolate(const std::vector<Address>& group);
  /// Ends all cuts and isolations.
  void heal();
  /// Changes the part of control and state messages that is lost, from 0 to 1.
  void set_loss(double loss);
  /// The node at this address ends without a word: its transport says and hears nothing more, and
  /// its peers see their connections break. The address is free again.
  void kill(const Address& address);

  /// Asks the node at this address as an app would; `reply_to` gives the answer later.
  std::uint64_t request(const Address& to, Bytes request);
  /// Takes the answer to the request of this number, once it is there.
  [[nodiscard]] std::optional<Bytes> reply_to(std::uint64_t request);

  class State;  ///< of no interest to users

 private:
  std::unique_ptr<State> state_;
};

}  // namespace kith::transport
