#include "cli/node_address.hpp"

#include <cstdio>
#include <cstdlib>

#include <fmt/format.h>

#include "node/runtime_directory.hpp"

namespace kith::cli {

NodeAddress find_node(const std::optional<std::string>& flag) {
  if (flag) return {*flag, AddressSource::flag};
  const char* chosen = std::getenv("KITH_NODE");
  if (chosen != nullptr && *chosen != '\0') return {chosen, AddressSource::environment};
  const auto records = node::RuntimeDirectory(node::RuntimeDirectory::default_path()).records();
  if (!records) fmt::print(stderr, "kith: {}\n", records.error().text());
  else if (!records->empty()) return {records->front().address, AddressSource::record};
  return {default_address, AddressSource::otherwise};
}

}  // namespace kith::cli
