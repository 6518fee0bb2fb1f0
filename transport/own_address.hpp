#pragma once

#include <string>
#include <vector>

#include "transport/transport.hpp"

namespace kith::transport {

/// The IPv4 addresses of this machine by which other machines may reach it: those of all interfaces
/// that are up, without loopback, in order. Empty when the system does not tell. Thread-safety: any
/// thread.
[[nodiscard]] std::vector<std::string> machine_addresses();

/// What peers dial of a node that is bound to `bound`: `advertise` with the bound port for port 0,
/// or, when that is empty, `bound` itself. Pure.
[[nodiscard]] Address advertised(const Address& advertise, const Address& bound);

}  // namespace kith::transport
