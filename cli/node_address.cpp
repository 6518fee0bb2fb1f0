// SPDX-License-Identifier: Apache-2.0
#include "cli/node_address.hpp"

#include <algorithm>
#include <cstdio>
#include <cstdlib>

#include <fmt/format.h>

#include "core/printable.hpp"

namespace kith::cli {

Result<NodeAddress> find_node(const std::optional<std::string>& flag) {
  if (flag) return NodeAddress{*flag, AddressSource::flag, {}};
  const char* chosen = std::getenv("KITH_NODE");
  if (chosen != nullptr && *chosen != '\0') {
    return NodeAddress{chosen, AddressSource::environment, {}};
  }
  const auto records = node::RuntimeDirectory(node::RuntimeDirectory::default_path()).records();
  if (records) return choose_record(*records);
  fmt::print(stderr, "kith: {}\n", printable(records.error().text()));
  return choose_record({});
}

Result<NodeAddress> choose_record(const std::vector<node::RuntimeRecord>& records) {
  if (records.empty()) return NodeAddress{default_address, AddressSource::otherwise, {}};
  const node::RuntimeRecord& newest = records.front();
  NodeAddress found{newest.address, AddressSource::record, {}};
  if (records.size() == 1) return found;
  const bool one_cluster = std::ranges::all_of(
      records, [&](const node::RuntimeRecord& record) { return record.cluster == newest.cluster; });
  if (one_cluster) {
    found.note = fmt::format(
        "asking node {} at {}, the newest of {} on this machine; choose with "
        "--node or KITH_NODE",
        newest.name, newest.address, records.size());
    return found;
  }
  std::string candidates;
  for (const node::RuntimeRecord& record : records) {
    candidates += fmt::format("\n  --node {}  (node {} of cluster {})", record.address, record.name,
                              record.cluster);
  }
  return Error(ErrorCode::invalid_argument,
               "nodes of different clusters run on this machine; say which one with --node or "
               "KITH_NODE:" +
                   candidates);
}

}  // namespace kith::cli
