// SPDX-License-Identifier: Apache-2.0
#include "node/table_store.hpp"

#include <fmt/format.h>

#include "core/limits.hpp"

namespace kith::node {

Result<OwnedTable> TableStore::handle_call(const CreateTable& request) {
  if (tables_.names().size() >= limits::named_things_max) {
    return Error(ErrorCode::overloaded,
                 fmt::format("the node has {} tables already; drop some that are not needed",
                             limits::named_things_max));
  }
  return tables_.create({.rows = request.rows,
                         .name = request.name,
                         .named = true,
                         .access = TableAccess::all,
                         .heir = {}});
}

Result<void> TableStore::handle_call(const KeepStream& request) {
  // Drop streams that have ended, even if their `Down` has not arrived yet.
  if (streams_.size() >= limits::table_streams_max) {
    std::erase_if(streams_, [](Pid stream) { return !current_system()->is_alive(stream); });
  }
  if (streams_.size() >= limits::table_streams_max) {
    return Error(ErrorCode::overloaded,
                 fmt::format("{} selections and watches are under way on the node; end some, or "
                             "try again later",
                             streams_.size()));
  }
  streams_.insert(request.stream);
  monitor(request.stream);
  return {};
}

bool TableStore::handle_call(const KnowsStream& request) {
  return streams_.contains(request.stream) && current_system()->is_alive(request.stream);
}

}  // namespace kith::node
