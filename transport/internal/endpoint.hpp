// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "core/result.hpp"
#include "transport/transport.hpp"

namespace kith::transport::internal {

/// A parsed address: "[::1]:7400" has the host "::1".
struct HostPort {
  std::string host;
  std::uint16_t port = 0;
  bool ipv6 = false;  ///< the host is an IPv6 literal
};

/// Parses "host:port" or "[ipv6]:port". Errors: `invalid_argument`.
[[nodiscard]] Result<HostPort> parse_address(std::string_view address);
/// Replaces a host name, on which ZeroMQ cannot listen, by its IPv4 address. Blocks during the name
/// lookup. Errors: `input_output` (unknown name).
[[nodiscard]] Result<HostPort> numeric_address(const HostPort& address);
/// Returns the ZeroMQ endpoint: "tcp://host:port"; port 0 becomes "*".
[[nodiscard]] std::string endpoint_of(const HostPort& address);

}  // namespace kith::transport::internal
