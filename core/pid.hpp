#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/node_id.hpp"

namespace kith {

/// One incarnation of a process: never used again after it ended. 16 bytes, freely copied, valid on
/// any node. Ordered by node, index, generation. Thread-safety: plain value.
struct Pid {
  BootId node = 0;               ///< the boot of its node
  std::uint32_t index = 0;       ///< its place in that node's process table
  std::uint32_t generation = 0;  ///< which user of that place; 0 means "no process"

  /// False for the pid of no process.
  explicit operator bool() const { return generation != 0; }
  friend bool operator==(const Pid&, const Pid&) = default;
  friend std::strong_ordering operator<=>(const Pid&, const Pid&) = default;
};

/// A mark that is unique over all nodes and never used again (a call, a monitor, a timer).
struct Reference {
  BootId node = 0;
  std::uint64_t id = 0;

  explicit operator bool() const { return id != 0; }
  friend bool operator==(const Reference&, const Reference&) = default;
  friend std::strong_ordering operator<=>(const Reference&, const Reference&) = default;
};

/// "<boot in hexadecimal>.index.generation" between angle brackets, e.g. "<1f3a.12.1>".
[[nodiscard]] std::string to_string(const Pid& pid);
/// "#Ref<boot.id>", the boot in hexadecimal.
[[nodiscard]] std::string to_string(const Reference& reference);
/// Reads what `to_string(Pid)` writes; nothing when the text is not of that form.
[[nodiscard]] std::optional<Pid> pid_from_string(std::string_view text);

}  // namespace kith
