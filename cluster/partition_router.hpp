#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/pid.hpp"
#include "core/result.hpp"

namespace kith::cluster {

/// The well-known services of every node (see `service_pid`).
enum class Service : std::uint32_t { limits = 0, breakers = 1, tables = 2 };

/// Finds the node that is responsible for a key. Thread-safety: any thread.
class PartitionRouter {
 public:
  virtual ~PartitionRouter() = default;
  /// The service at the primary of the key's partition. Error: `unavailable` while there is no
  /// partition map (the node is leaving).
  [[nodiscard]] virtual Result<Pid> primary(Service service, std::string_view key) const = 0;
  /// The service on every node that takes part, in the order of their names.
  [[nodiscard]] virtual std::vector<Pid> everywhere(Service service) const = 0;
};

/// The text that decides the partition of `key` within the thing called `name`.
[[nodiscard]] inline std::string partition_key(std::string_view name, std::string_view key) {
  std::string text(name);
  text += '\0';
  text += key;
  return text;
}

}  // namespace kith::cluster
