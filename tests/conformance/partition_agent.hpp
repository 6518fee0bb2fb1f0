// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>

#include "actor/gen_server.hpp"
#include "core/value.hpp"
#include "supervision/partition_supervisor.hpp"

namespace kith::conformance {

struct PartitionGet {
  using Reply = Value;
};
struct PartitionUpdate {
  using Reply = void;
  std::function<Value(const Value&)> f;
};

/// Holds a value, initially its index. Thread-safety: a process.
class PartitionAgent : public GenServer<PartitionAgent, Protocol<PartitionGet, PartitionUpdate>> {
 public:
  explicit PartitionAgent(std::int64_t index) : state_(index) {}
  Value handle_call(const PartitionGet&) { return state_; }
  void handle_call(const PartitionUpdate& update) { state_ = update.f(state_); }

 private:
  Value state_;
};

using Partitions = PartitionSupervisor<PartitionAgent>;

}  // namespace kith::conformance
