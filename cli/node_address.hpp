#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace kith::cli {

/// Where a daemon listens unless it is told otherwise.
inline constexpr const char* default_address = "127.0.0.1:7400";

/// How the address of a node was found.
enum class AddressSource : std::uint8_t { flag, environment, record, otherwise };

/// The address of the node that a command talks to. Thread-safety: plain value.
struct NodeAddress {
  std::string address;
  AddressSource source = AddressSource::otherwise;
};

/// In this order: the flag, the environment's KITH_NODE, the newest record in the run-time
/// directory, 127.0.0.1:7400. A run-time directory that cannot be trusted is passed over with a
/// warning on standard error.
[[nodiscard]] NodeAddress find_node(const std::optional<std::string>& flag);

}  // namespace kith::cli
