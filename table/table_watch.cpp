// SPDX-License-Identifier: Apache-2.0
#include "table/table_watch.hpp"

#include "actor/process.hpp"

namespace kith::table {

WatchBell::WatchBell() : system_(current_system()) {
  if (system_ == nullptr) return;
  pid_ = self();
  id_ = detail::new_reference();
}

void WatchBell::ring() {
  if (rung_ || system_ == nullptr) return;
  rung_ = send(*system_, pid_, TableChanged{id_}).has_value();
}

Result<void> WatchBell::wait(const Reference& id, Duration timeout) {
  const auto is_own = [&](const TableChanged& told) { return told.watch == id; };
  const auto told = receive_where<TableChanged>(is_own, timeout);
  if (!told) return told.error();
  return {};
}

}  // namespace kith::table
