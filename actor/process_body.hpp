// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>
#include <typeinfo>

#include "actor/exit.hpp"
#include "actor/signal.hpp"
#include "core/block_pool.hpp"

namespace kith::detail {

/// The code of a process: the interface of plain functions, servers, agents and state machines. All
/// functions run in the process and may wait. Thread-safety: one turn at a time.
class ProcessBody : public Pooled {
 public:
  virtual ~ProcessBody() = default;
  /// Runs once, before all other functions.
  virtual void start() = 0;
  /// Runs once after `start` succeeded; from then on the process counts as started, and `terminate`
  /// runs at its end.
  virtual void after_start() {}
  /// Handles one message.
  virtual void handle(MessagePointer message) = 0;
  /// Runs before the process ends by itself: by a stop, an exception or `kith::exit`.
  virtual void terminate(const ExitReason&) {}
  /// True if the process ends with "normal" after `start`.
  [[nodiscard]] virtual bool runs_once() const { return false; }
  /// Returns the wire name of messages of this type, empty if it has none in this process.
  [[nodiscard]] virtual std::string_view wire_name_of(const std::type_info&) const { return {}; }
  /// True if it answers the requests of supervisors.
  [[nodiscard]] virtual bool is_supervisor() const { return false; }
};

}  // namespace kith::detail
