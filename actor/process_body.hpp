#pragma once

#include <string_view>
#include <typeinfo>

#include "actor/exit.hpp"
#include "actor/signal.hpp"
#include "core/block_pool.hpp"

namespace kith::detail {

/// What a process does: the common face of plain functions, servers, agents and state machines. All
/// functions run inside the process and may wait. Thread-safety: one turn at a time.
class ProcessBody : public Pooled {
 public:
  virtual ~ProcessBody() = default;
  /// Runs once, first.
  virtual void start() = 0;
  /// Runs once after a `start` that went well; then an error ends what is up already.
  virtual void after_start() {}
  /// Works off one message.
  virtual void handle(MessagePointer message) = 0;
  /// Runs before the end when the process ends by itself: stop, exception or `kith::exit`.
  virtual void terminate(const ExitReason&) {}
  /// True when the process ends with "normal" after `start`.
  [[nodiscard]] virtual bool runs_once() const { return false; }
  /// The name on the wire of a message of this type, empty when it has none here.
  [[nodiscard]] virtual std::string_view wire_name_of(const std::type_info&) const { return {}; }
  /// True when it answers what supervisors are asked for.
  [[nodiscard]] virtual bool is_supervisor() const { return false; }
};

}  // namespace kith::detail
