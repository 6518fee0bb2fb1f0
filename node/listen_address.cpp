// SPDX-License-Identifier: Apache-2.0
#include "node/listen_address.hpp"

#include <algorithm>
#include <unistd.h>

#include <fmt/format.h>

#include "core/limits.hpp"
#include "core/printable.hpp"

namespace kith::node {

std::pair<std::string, std::string> host_and_port(const std::string& address) {
  const std::size_t colon = address.rfind(':');
  if (colon == std::string::npos) return {address, ""};
  return {address.substr(0, colon), address.substr(colon + 1)};
}

bool is_loopback(const std::string& address) {
  const std::string host = host_and_port(address).first;
  return host.starts_with("127.") || host == "localhost" || host == "[::1]" || host == "::1";
}

bool is_wildcard(const std::string& address) {
  const std::string host = host_and_port(address).first;
  return host == "0.0.0.0" || host == "[::]";
}

Result<std::string> advertised_address(const std::string& listen, const std::string& advertise,
                                       const std::vector<std::string>& machine) {
  if (is_wildcard(advertise)) {
    return Error(ErrorCode::invalid_argument,
                 fmt::format("other nodes cannot dial {}: advertise an address of this machine or "
                             "a name that they know, such as 10.0.0.5:7400",
                             advertise));
  }
  if (!advertise.empty() || !is_wildcard(listen)) return advertise;
  if (machine.size() == 1) return machine.front() + ":" + host_and_port(listen).second;
  return Error(ErrorCode::invalid_argument,
               fmt::format("listening at {} does not say what other nodes are to dial, and this "
                           "machine has {}: choose with --advertise HOST:PORT",
                           listen,
                           machine.empty() ? "no address beyond loopback"
                                           : fmt::format("{} addresses ({})", machine.size(),
                                                         fmt::join(machine, ", "))));
}

std::string default_node_name(const std::string& listen, BootId boot) {
  char host[256] = {};
  if (gethostname(host, sizeof host - 1) != 0) host[0] = '\0';
  const std::string port = host_and_port(listen).second;
  return fmt::format("{}-{}", host[0] == '\0' ? "node" : host,
                     port.empty() || port == "0" ? fmt::format("{:04x}", boot & 0xffffU) : port);
}

Result<void> check_node_name(const std::string& name) {
  const bool good =
      name.size() <= limits::name_size_bytes_max && std::ranges::all_of(name, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               c == '-' || c == '_' || c == '.';
      });
  if (good) return {};
  return Error(ErrorCode::invalid_argument,
               fmt::format("invalid node name {}: use letters, digits, '-', '_' and '.' only, up "
                           "to {}",
                           in_quotes(name), limits::name_size_bytes_max));
}

}  // namespace kith::node
