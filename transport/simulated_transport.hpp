// SPDX-License-Identifier: Apache-2.0
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

/// Options of a simulated network.
struct SimulatedNetworkOptions {
  std::uint64_t seed = 1;
  Duration latency_min = std::chrono::milliseconds(1);
  Duration latency_max = std::chrono::milliseconds(2);
  double loss = 0;  ///< share of control and state messages that are lost, 0 to 1
};

/// Simulates a network in one thread on a manual clock: equal seeds and equal calls give equal
/// deliveries. Messages between two addresses arrive in order on each channel. Control and state
/// messages may be lost; an app message that cannot arrive breaks the app streams between the two
/// addresses, of which both ends are notified once. It must outlive its transports.
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

  /// Makes a transport on this network. Port 0 in its listen address takes the next free port.
  [[nodiscard]] std::unique_ptr<Transport> make_transport();

  /// Returns when the next event is due, nullopt if there is none.
  [[nodiscard]] std::optional<TimePoint> next_due() const;
  /// Delivers all events that are due, in order, and returns their number.
  std::size_t deliver_due();

  /// Drops all messages from `from` to `to`, until `heal`.
  void cut_one_way(const Address& from, const Address& to);
  /// Drops all messages between two addresses, until `heal`.
  void cut(const Address& a, const Address& b);
  /// Drops all messages between the group and all other addresses, also those added later, until
  /// `heal`.
  void isolate(const std::vector<Address>& group);
  /// Ends all cuts and isolations.
  void heal();
  /// Sets the share of control and state messages that are lost, from 0 to 1.
  void set_loss(double loss);
  /// Crashes the node at this address: its transport sends and receives nothing more, and its peers
  /// see their connections break. The address becomes free.
  void kill(const Address& address);

  /// Sends a request to the node at this address as an app does, and returns its number.
  std::uint64_t request(const Address& to, Bytes request);
  /// Takes the answer to the request with this number; nullopt if it has not arrived.
  [[nodiscard]] std::optional<Bytes> reply_to(std::uint64_t request);

  class State;  ///< shared with the transports

 private:
  std::unique_ptr<State> state_;
};

}  // namespace kith::transport
