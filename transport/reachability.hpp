#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "core/clock.hpp"
#include "transport/transport.hpp"

namespace kith::transport {

/// How a machine and a port answer to a TCP connection. Thread-safety: plain value.
struct Reachability {
  enum class Kind : std::uint8_t {
    accepts,       ///< something listens there
    bad_address,   ///< it is not HOST:PORT
    unknown_host,  ///< the name of the host has no address
    refused,       ///< the machine answers, but nothing listens at the port
    unreachable,   ///< there is no way to the machine
    no_answer,     ///< nothing came back in time: a firewall, or the machine is down
  };
  Kind kind = Kind::accepts;
  std::string text;  ///< what happened, as the end of a sentence about the address; empty: accepts
};

/// The kind's stable name, e.g. "refused".
[[nodiscard]] std::string_view to_string(Reachability::Kind kind);

/// Connects to the address and closes again, to find out why nothing else comes of it. Blocks for
/// at most `timeout`, not counting the time that the name service takes. Thread-safety: any thread.
[[nodiscard]] Reachability try_address(const Address& address, Duration timeout);

}  // namespace kith::transport
