// SPDX-License-Identifier: Apache-2.0
#include "transport/own_address.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <ifaddrs.h>
#include <memory>
#include <net/if.h>
#include <netinet/in.h>

namespace kith::transport {

std::vector<std::string> machine_addresses() {
  ifaddrs* list = nullptr;
  if (getifaddrs(&list) != 0) return {};
  const std::unique_ptr<ifaddrs, decltype(&freeifaddrs)> owner(list, &freeifaddrs);
  std::vector<std::string> addresses;
  for (const ifaddrs* each = list; each != nullptr; each = each->ifa_next) {
    if (each->ifa_addr == nullptr || each->ifa_addr->sa_family != AF_INET) continue;
    if ((each->ifa_flags & IFF_UP) == 0 || (each->ifa_flags & IFF_LOOPBACK) != 0) continue;
    std::array<char, INET_ADDRSTRLEN> text{};
    const auto* address = reinterpret_cast<const sockaddr_in*>(each->ifa_addr);
    if (inet_ntop(AF_INET, &address->sin_addr, text.data(), text.size()) != nullptr) {
      addresses.emplace_back(text.data());
    }
  }
  std::ranges::sort(addresses);
  const auto again = std::ranges::unique(addresses);
  addresses.erase(again.begin(), again.end());
  return addresses;
}

Address advertised(const Address& advertise, const Address& bound) {
  if (advertise.empty()) return bound;
  if (!advertise.ends_with(":0")) return advertise;
  return advertise.substr(0, advertise.rfind(':')) + bound.substr(bound.rfind(':'));
}

}  // namespace kith::transport
