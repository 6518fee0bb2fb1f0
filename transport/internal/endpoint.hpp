#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "core/result.hpp"
#include "transport/transport.hpp"

namespace kith::transport::internal {

/// An address taken apart: "[::1]:7400" has the host "::1".
struct HostPort {
  std::string host;
  std::uint16_t port = 0;
  bool ipv6 = false;  ///< the host is an IPv6 literal
};

/// The parts of "host:port" or "[ipv6]:port". Errors: `invalid_argument`.
[[nodiscard]] Result<HostPort> parse_address(std::string_view address);
/// The same address with an IPv4 number for a host name, which ZeroMQ cannot listen on. May ask the
/// name service, so it may block. Errors: `input_output` when the name is not known.
[[nodiscard]] Result<HostPort> numeric_address(const HostPort& address);
/// What ZeroMQ calls it: "tcp://host:port"; port 0 becomes "*".
[[nodiscard]] std::string endpoint_of(const HostPort& address);

}  // namespace kith::transport::internal
