// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "transport/transport.hpp"

namespace kith::transport {

/// Returns the IPv4 addresses at which other machines may reach this one: those of all interfaces
/// that are up, without loopback, in order. Empty if the system does not list them.
/// Thread-safety: any thread.
[[nodiscard]] std::vector<std::string> machine_addresses();

/// Returns the address that peers dial for a node bound to `bound`: `advertise`, with the bound
/// port if its port is 0, or `bound` if `advertise` is empty. Pure.
[[nodiscard]] Address advertised(const Address& advertise, const Address& bound);

}  // namespace kith::transport
