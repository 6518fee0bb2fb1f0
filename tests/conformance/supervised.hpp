// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <variant>

#include "actor/gen_server.hpp"
#include "core/value.hpp"
#include "supervision/dynamic_supervisor.hpp"
#include "supervision/spec_from_value.hpp"
#include "supervision/supervisor.hpp"
#include "tests/conformance/world.hpp"

namespace kith::conformance {

/// A worker of a supervision tree that behaves as its scenario describes. Orders are values.
/// Thread-safety: a process.
class ScriptedChild : public GenServer<ScriptedChild, Protocol<Value>> {
 public:
  /// `name` is the name of its incarnation, `outcome` the outcome of this start.
  ScriptedChild(World& world, std::string id, std::string name, Value behaviour, Value outcome);
  Then init();
  Then handle_info(const Value& order);
  void handle_info(const Exit& signal);
  void terminate(const ExitReason& reason);

 private:
  World& world_;
  std::string id_;
  std::string name_;
  Value behaviour_;
  Value outcome_;
};

/// {"specs", "active", "supervisors", "workers"}
[[nodiscard]] Value counts_to_value(const ChildCounts& counts);
/// Returns whether a description is that of a dynamic supervisor.
[[nodiscard]] bool is_dynamic(const Value& description);

/// Builds specifications of supervision trees from their descriptions, and stores the latest
/// process of each supervisor. Thread-safety: used by one process at a time.
class Trees {
 public:
  using AnySupervisor = std::variant<Supervisor, DynamicSupervisor>;

  explicit Trees(World& world) : world_(world) {}

  /// Builds the specification of a child; `extra` are arguments that its supervisor passes to all.
  Result<ChildSpec> spec(const Value& description, const ValueArray& extra = {});
  /// Starts a supervisor linked to the calling process. Errors: those of its start,
  /// `invalid_argument`.
  Result<StartedChild> start_supervisor(const Value& description);
  /// Returns the latest supervisor with that id, or null.
  [[nodiscard]] const AnySupervisor* supervisor(const std::string& id) const;
  [[nodiscard]] const std::map<std::string, AnySupervisor>& supervisors() const {
    return supervisors_;
  }
  /// Arguments that a dynamic supervisor passes to all its children.
  [[nodiscard]] const ValueArray& extra_arguments(const std::string& id) {
    return extra_arguments_[id];
  }

 private:
  Result<StartedChild> start_worker(const Value& description, const ValueArray& arguments);

  World& world_;
  std::map<std::string, AnySupervisor> supervisors_;
  std::map<std::string, ValueArray> extra_arguments_;
};

}  // namespace kith::conformance
