// SPDX-License-Identifier: Apache-2.0
#include "transport/internal/endpoint.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <netdb.h>
#include <string>
#include <sys/socket.h>
#include <system_error>

namespace kith::transport::internal {

namespace {

constexpr std::size_t address_size_bytes_max = 255;

bool is_host_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
         c == '-' || c == '_';
}

bool is_ipv6_character(char c) {
  return (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F') || (c >= '0' && c <= '9') || c == ':' ||
         c == '.' || c == '%';
}

Error bad_address(std::string_view address) {
  std::string shown(address.substr(0, address_size_bytes_max));
  std::ranges::replace_if(shown, [](char c) { return c < ' ' || c > '~'; }, '?');
  return {ErrorCode::invalid_argument,
          "'" + shown + "' is not an address; write host:port, e.g. 127.0.0.1:7400 or [::1]:7400"};
}

}  // namespace

Result<HostPort> parse_address(std::string_view address) {
  const std::size_t colon = address.rfind(':');
  if (colon == std::string_view::npos || address.size() > address_size_bytes_max) {
    return bad_address(address);
  }
  std::string_view host = address.substr(0, colon);
  const std::string_view port = address.substr(colon + 1);
  HostPort parts;
  parts.ipv6 = host.starts_with('[') && host.ends_with(']') && host.size() > 2;
  if (parts.ipv6) host = host.substr(1, host.size() - 2);
  const auto [end, problem] = std::from_chars(port.data(), port.data() + port.size(), parts.port);
  const bool port_is_good = problem == std::errc{} && end == port.data() + port.size();
  const auto fits = parts.ipv6 ? is_ipv6_character : is_host_character;
  if (!port_is_good || host.empty() || !std::ranges::all_of(host, fits)) {
    return bad_address(address);
  }
  parts.host = host;
  return parts;
}

Result<HostPort> numeric_address(const HostPort& address) {
  if (address.ipv6) return address;
  addrinfo wanted{};
  wanted.ai_family = AF_INET;
  wanted.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  const int problem = getaddrinfo(address.host.c_str(), nullptr, &wanted, &found);
  if (problem != 0) {
    return Error(ErrorCode::input_output,
                 "the host '" + address.host + "' is not known: " + gai_strerror(problem));
  }
  std::array<char, NI_MAXHOST> text{};
  const int failed = getnameinfo(found->ai_addr, found->ai_addrlen, text.data(), text.size(),
                                 nullptr, 0, NI_NUMERICHOST);
  freeaddrinfo(found);
  if (failed != 0) return Error(ErrorCode::input_output, gai_strerror(failed));
  return HostPort{.host = text.data(), .port = address.port, .ipv6 = false};
}

std::string endpoint_of(const HostPort& address) {
  const std::string host = address.ipv6 ? "[" + address.host + "]" : address.host;
  return "tcp://" + host + ":" + (address.port == 0 ? "*" : std::to_string(address.port));
}

}  // namespace kith::transport::internal
