// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/pid.hpp"
#include "core/result.hpp"

namespace kith::cluster {

/// Well-known services of every node (see `service_pid`).
enum class Service : std::uint32_t { limits = 0, breakers = 1, tables = 2 };

/// Finds the primary node of a key. Thread-safety: any thread.
class PartitionRouter {
 public:
  virtual ~PartitionRouter() = default;
  /// Returns the service at the primary of the key's partition. Error: `unavailable` without a
  /// partition map (the node is leaving).
  [[nodiscard]] virtual Result<Pid> primary(Service service, std::string_view key) const = 0;
  /// Returns the service on each active node, sorted by node name.
  [[nodiscard]] virtual std::vector<Pid> everywhere(Service service) const = 0;
};

/// Returns the string that is hashed to the partition of `key` in the limit or table `name`.
[[nodiscard]] inline std::string partition_key(std::string_view name, std::string_view key) {
  std::string text(name);
  text += '\0';
  text += key;
  return text;
}

}  // namespace kith::cluster
