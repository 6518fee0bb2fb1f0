// SPDX-License-Identifier: Apache-2.0
#include "actor/lineage.hpp"

#include "actor/internal/process.hpp"
#include "actor/internal/runtime.hpp"

namespace kith::detail {

StartingChild::StartingChild(const std::string& id) {
  current_process()->set_starting_child(&id);
}

StartingChild::~StartingChild() {
  current_process()->set_starting_child(nullptr);
}

std::string description_of_this() {
  const Process& process = *current_process();
  return describe(process.pid(), process.called());
}

std::string ancestors_of_this() {
  return current_process()->ancestor_names();
}

}  // namespace kith::detail
