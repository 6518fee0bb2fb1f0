// SPDX-License-Identifier: Apache-2.0
#include "table/table_service.hpp"

#include <algorithm>

#include "core/limits.hpp"
#include "table/row_limits.hpp"

namespace kith::table {

Result<TableService::Tables::iterator> TableService::table(const std::string& name) {
  if (const auto it = tables_.find(name); it != tables_.end()) return it;
  if (const auto fine = check_name(name); !fine) return fine.error();
  if (tables_.size() >= limits::named_things_max) {
    return Error(ErrorCode::overloaded, "too many tables have names on this node");
  }
  return tables_.try_emplace(name, TableOptions{.name = name, .rows_max = limits::table_rows_max})
      .first;
}

void TableService::forget_empty(Tables::iterator table) {
  if (table->second.size() == 0) tables_.erase(table);
}

FoundValue TableService::handle_call(const TableGet& request) {
  const auto it = tables_.find(request.table);
  if (it == tables_.end()) return {};
  auto value = it->second.lookup(request.key);
  if (!value) return {};
  return {true, std::move(*value)};
}

Result<void> TableService::handle_call(const TablePut& request) {
  if (const auto fine = check_key(request.key); !fine) return fine.error();
  if (const auto fine = check_row(request.value); !fine) return fine.error();
  const auto found = table(request.table);
  if (!found) return found.error();
  return (*found)->second.insert(request.key, request.value);
}

FoundValue TableService::handle_call(const TableErase& request) {
  const auto it = tables_.find(request.table);
  if (it == tables_.end()) return {};
  auto value = it->second.take(request.key);
  if (!value) return {};
  forget_empty(it);
  return {true, std::move(*value)};
}

Result<std::int64_t> TableService::handle_call(const TableUpdateCounter& request) {
  if (const auto fine = check_key(request.key); !fine) return fine.error();
  const auto found = table(request.table);
  if (!found) return found.error();
  auto sum = (*found)->second.update_counter(request.key, request.increment, request.initial);
  if (!sum) forget_empty(*found);  // `table` may have created it just now
  return sum;
}

TableSummaries TableService::handle_call(const TableList& request) {
  TableSummaries found;
  const std::size_t limit = std::min(request.limit, limits::table_list_items_max);
  for (auto it = tables_.upper_bound(request.after); it != tables_.end(); ++it) {
    found.more = found.tables.size() == limit;
    if (found.more) break;
    found.tables.push_back({it->first, it->second.size(), it->second.bytes()});
  }
  return found;
}

}  // namespace kith::table
