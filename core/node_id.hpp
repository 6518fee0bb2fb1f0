#pragma once

#include <compare>
#include <cstdint>
#include <string>

namespace kith {

/// 64 random bits that stand for one run ("boot") of one node. Zero means "no node".
using BootId = std::uint64_t;

/// Who a node is: its name, which survives restarts, and the boot that speaks now. Ordered by name,
/// then boot. Thread-safety: plain value. Source: docs/cluster-protocol.md#identity.
struct NodeId {
  std::string name;
  BootId boot = 0;

  friend bool operator==(const NodeId&, const NodeId&) = default;
  friend std::strong_ordering operator<=>(const NodeId&, const NodeId&) = default;
};

}  // namespace kith
