// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/node_id.hpp"

namespace kith {

/// Identifies one incarnation of a process, on any node; not reused after the process ended. 16
/// bytes. Ordered by node, index, generation. Thread-safety: plain value.
struct Pid {
  BootId node = 0;               ///< the boot of its node
  std::uint32_t index = 0;       ///< its place in that node's process table
  std::uint32_t generation = 0;  ///< counts the processes at that place; 0 in a null pid

  /// False for a null pid.
  explicit operator bool() const { return generation != 0; }
  friend bool operator==(const Pid&, const Pid&) = default;
  friend std::strong_ordering operator<=>(const Pid&, const Pid&) = default;
};

/// Identifies a call, a monitor or a timer: unique across all nodes, not reused.
struct Reference {
  BootId node = 0;
  std::uint64_t id = 0;

  explicit operator bool() const { return id != 0; }
  friend bool operator==(const Reference&, const Reference&) = default;
  friend std::strong_ordering operator<=>(const Reference&, const Reference&) = default;
};

/// Returns "<boot.index.generation>" with the boot in hexadecimal, e.g. "<1f3a.12.1>".
[[nodiscard]] std::string to_string(const Pid& pid);
/// Returns "#Ref<boot.id>" with the boot in hexadecimal.
[[nodiscard]] std::string to_string(const Reference& reference);
/// Parses the output of `to_string(Pid)`; nullopt if `text` has another form.
[[nodiscard]] std::optional<Pid> pid_from_string(std::string_view text);

}  // namespace kith
