#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/result.hpp"
#include "node/runtime_directory.hpp"

namespace kith::cli {

/// Where a daemon listens unless it is told otherwise.
inline constexpr const char* default_address = "127.0.0.1:7400";

/// How the address of a node was found.
enum class AddressSource : std::uint8_t { flag, environment, record, otherwise };

/// The address of the node that a command talks to. Thread-safety: plain value.
struct NodeAddress {
  std::string address;
  AddressSource source = AddressSource::otherwise;
  std::string note;  ///< for people: which node it is, when it is one of several
};

/// In this order: the flag, the environment's KITH_NODE, the newest record in the run-time
/// directory, 127.0.0.1:7400. A run-time directory that cannot be trusted is passed over with a
/// warning on standard error. Errors: as `choose_record`.
[[nodiscard]] Result<NodeAddress> find_node(const std::optional<std::string>& flag);

/// The node of the first of these records, or 127.0.0.1:7400 when there is none. Errors:
/// `invalid_argument`, with all candidates, when they are of different clusters: none of them can
/// be meant more than another. Pure.
[[nodiscard]] Result<NodeAddress> choose_record(const std::vector<node::RuntimeRecord>& records);

}  // namespace kith::cli
