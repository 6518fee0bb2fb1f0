// SPDX-License-Identifier: Apache-2.0
#include "table/partitioned_table.hpp"

#include "table/row_limits.hpp"
#include "table/table_service.hpp"

namespace kith {

using namespace table;

template <typename Request>
Result<typename Request::Reply> PartitionedTable::ask(Request request) const {
  // Checked here too, not only at the primary: a message that is too long would not arrive there.
  if (const auto fine = check_name(name_); !fine) return fine.error();
  if (const auto fine = check_key(request.key); !fine) return fine.error();
  const auto primary = router_->primary(cluster::Service::tables,
                                        cluster::partition_key(name_, to_json(request.key)));
  if (!primary) return primary.error();
  request.table = name_;
  return call(ServerRef<TableProtocol>(system_, *primary), std::move(request));
}

Result<std::optional<Value>> PartitionedTable::get(const Value& key) const {
  auto found = ask(TableGet{.table = {}, .key = key});
  if (!found) return found.error();
  return found->found ? std::optional(std::move(found->value)) : std::nullopt;
}

Result<void> PartitionedTable::put(const Value& key, Value value) const {
  if (const auto fine = check_row(value); !fine) return fine.error();
  return ask(TablePut{.table = {}, .key = key, .value = std::move(value)});
}

Result<std::optional<Value>> PartitionedTable::erase(const Value& key) const {
  auto found = ask(TableErase{.table = {}, .key = key});
  if (!found) return found.error();
  return found->found ? std::optional(std::move(found->value)) : std::nullopt;
}

Result<std::int64_t> PartitionedTable::update_counter(const Value& key, std::int64_t increment,
                                                      std::int64_t initial) const {
  return ask(
      TableUpdateCounter{.table = {}, .key = key, .increment = increment, .initial = initial});
}

}  // namespace kith
