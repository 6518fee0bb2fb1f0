// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <string>
#include <vector>

#include "actor/gen_server.hpp"
#include "core/value.hpp"

namespace kith::node {

/// Writes a field of the agent's map.
struct AgentPut {
  using Reply = void;
  std::string key;
  Value value;
  KITH_WIRE("put", key, value)
};
/// Writes a field without an answer (a cast).
struct AgentSet {
  std::string key;
  Value value;
  KITH_WIRE("set", key, value)
};
/// Reads a field; null if absent.
struct AgentGet {
  using Reply = Value;
  std::string key;
  KITH_WIRE("get", key)
};
/// Removes a field; replies whether it existed.
struct AgentErase {
  using Reply = bool;
  std::string key;
  KITH_WIRE("erase", key)
};
/// Reads the names of all fields.
struct AgentKeys {
  using Reply = std::vector<std::string>;
  KITH_WIRE("keys")
};
/// Reads the whole map.
struct AgentAll {
  using Reply = Value;
  KITH_WIRE("all")
};

/// Ends the agent.
struct AgentStop {
  using Reply = bool;
  KITH_WIRE("agent.stop")
};

using AgentProtocol =
    Protocol<AgentPut, AgentSet, AgentGet, AgentErase, AgentKeys, AgentAll, AgentStop>;

/// Keeps a map that any node and app can use; started by `kith agent start NAME`.
/// Thread-safety: a process.
class AgentServer : public GenServer<AgentServer, AgentProtocol> {
 public:
  void handle_call(const AgentPut& request) { fields_[request.key] = request.value; }
  void handle_cast(const AgentSet& message) { fields_[message.key] = message.value; }
  Value handle_call(const AgentGet& request) {
    const auto it = fields_.find(request.key);
    return it == fields_.end() ? Value() : it->second;
  }
  bool handle_call(const AgentErase& request) { return fields_.erase(request.key) > 0; }
  std::vector<std::string> handle_call(const AgentKeys&) {
    std::vector<std::string> keys;
    for (const auto& [key, value] : fields_) keys.push_back(key);
    return keys;
  }
  Value handle_call(const AgentAll&) { return fields_; }
  Answer<bool> handle_call(const AgentStop&) { return stop_and_reply("normal", true); }

 private:
  ValueMap fields_;
};

}  // namespace kith::node
