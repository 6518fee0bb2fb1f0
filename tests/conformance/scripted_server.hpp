// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "actor/gen_server.hpp"
#include "core/value.hpp"
#include "tests/conformance/performer.hpp"

namespace kith::conformance {

/// A call, cast or plain message of a scenario: a tag, or [tag, argument].
struct ScriptCall {
  using Reply = Value;
  Value message;
};
struct ScriptCast {
  Value message;
};
using ScriptProtocol = Protocol<ScriptCall, ScriptCast, Value>;

/// A server whose handlers are the scripts of a scenario. Thread-safety: a process.
class ScriptedServer : public GenServer<ScriptedServer, ScriptProtocol> {
 public:
  using Continue = std::string;

  /// `description` is the object described in section 6 of the format page.
  ScriptedServer(World& world, Value description);
  Then init();
  Then handle_call(const ScriptCall& call, From<Value> from);
  Then handle_cast(const ScriptCast& cast);
  Then handle_info(const Value& message);
  Then handle_info(const Timeout& timeout);
  void handle_info(const Down& down);
  void handle_info(const Exit& signal);
  Then handle_continue(const std::string& tag);
  void terminate(const ExitReason& reason);

 private:
  Then handle(const std::string& kind, const Value& message, const From<Value>* from);
  Then run(const Value& script, const Value& argument, const From<Value>* from);
  void change_state(const std::string& action, const Value& operand);

  World& world_;
  Value description_;
  Performer performer_;
  Value state_;
};

}  // namespace kith::conformance
