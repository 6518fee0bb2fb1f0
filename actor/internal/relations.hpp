// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "actor/exit.hpp"
#include "actor/internal/links.hpp"
#include "actor/internal/reference_map.hpp"
#include "actor/signal.hpp"
#include "core/block_pool.hpp"
#include "core/pid.hpp"

/// Data that a process stores about other processes.
namespace kith::detail {

/// The signal `down`, which becomes the message of the monitoring process without a copy.
using DownSignal = TypedMessage<Down>;

/// A call that a process has received and not answered.
struct OpenCall {
  Pid caller;
  Reference reference;
};

/// The answer to an open request of the process.
struct PendingAnswer {
  SignalPointer answer;                        ///< null until it arrives
  std::vector<Reference>* answered = nullptr;  ///< the reference is appended when it arrives
};

/// Returns a description of a process for people: "<1.7.1> (pool)"; the name may be empty.
[[nodiscard]] std::string describe(const Pid& pid, const std::string& name);

/// A process as its descendants store it; may outlive the process.
struct Ancestor {
  Pid pid;
  std::string label;
  std::shared_ptr<const Ancestor> above;
};

/// Data that only some processes have, allocated on demand so that an idle process stays small.
/// Thread-safety: none.
struct Relations : Pooled {
  std::string label;
  std::string child_id;                         ///< its id in its supervisor
  const std::string* starting_child = nullptr;  ///< the id of the child that it is starting
  std::shared_ptr<const Ancestor> ancestors;    ///< the process that started it, and further ones
  std::shared_ptr<const Ancestor> as_ancestor;  ///< itself, shared by its children
  Links links;
  ReferenceMap<Pid> monitors;
  std::vector<std::pair<Reference, bool>> aliases;  ///< the flag: for one message only
  ReferenceMap<PendingAnswer> requests;
  std::vector<OpenCall> open_calls;  ///< all but the first, which is in `Process`
  /// Objects that are kept until a call is answered.
  std::vector<std::pair<Reference, std::shared_ptr<void>>> held;
  Pid tracer;
};

}  // namespace kith::detail
