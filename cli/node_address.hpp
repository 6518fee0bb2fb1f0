// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/result.hpp"
#include "node/runtime_directory.hpp"

namespace kith::cli {

/// The default listen address of a daemon.
inline constexpr const char* default_address = "127.0.0.1:7400";

/// How the address of a node was found.
enum class AddressSource : std::uint8_t { flag, environment, record, otherwise };

/// The address of the node that a command talks to. Thread-safety: plain value.
struct NodeAddress {
  std::string address;
  AddressSource source = AddressSource::otherwise;
  std::string note;  ///< names the node if it was chosen from several; else empty
};

/// Returns the first of: the flag, the environment variable KITH_NODE, the newest record of the
/// runtime directory, 127.0.0.1:7400. Ignores a runtime directory that others can write to, with a
/// warning on standard error. Errors: as `choose_record`.
[[nodiscard]] Result<NodeAddress> find_node(const std::optional<std::string>& flag);

/// Returns the node of the first record, or 127.0.0.1:7400 without records. Errors:
/// `invalid_argument` with all candidates if the records are of different clusters, because any
/// choice could be wrong. Pure.
[[nodiscard]] Result<NodeAddress> choose_record(const std::vector<node::RuntimeRecord>& records);

}  // namespace kith::cli
