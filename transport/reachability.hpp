// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "core/clock.hpp"
#include "transport/transport.hpp"

namespace kith::transport {

/// The result of a TCP connection attempt. Thread-safety: plain value.
struct Reachability {
  enum class Kind : std::uint8_t {
    accepts,       ///< something listens there
    bad_address,   ///< the address is not HOST:PORT
    unknown_host,  ///< the host name has no address
    refused,       ///< the machine answers, but nothing listens on the port
    unreachable,   ///< there is no route to the machine
    no_answer,     ///< no answer in time: a firewall, or the machine is down
  };
  Kind kind = Kind::accepts;
  std::string text;  ///< the result, as the end of a sentence about the address; empty: accepts
};

/// Returns the kind's stable name, e.g. "refused".
[[nodiscard]] std::string_view to_string(Reachability::Kind kind);

/// Connects to the address and closes the connection, to find the cause of a failure. Blocks for at
/// most `timeout`, plus the time of the name lookup. Thread-safety: any thread.
[[nodiscard]] Reachability try_address(const Address& address, Duration timeout);

}  // namespace kith::transport
