// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <compare>
#include <cstdint>
#include <string>

namespace kith {

/// Identifies one run ("boot") of one node by 64 random bits. Zero means "no node".
using BootId = std::uint64_t;

/// Identifies a node: its name, which survives restarts, and its present boot. Ordered by name,
/// then boot. Thread-safety: plain value. Source: docs/cluster-protocol.md#identity.
struct NodeId {
  std::string name;
  BootId boot = 0;

  friend bool operator==(const NodeId&, const NodeId&) = default;
  friend std::strong_ordering operator<=>(const NodeId&, const NodeId&) = default;
};

}  // namespace kith
