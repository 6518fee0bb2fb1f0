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

/// What a process knows of others.
namespace kith::detail {

/// The signal `down`, which becomes a message of the watcher as it is.
using DownSignal = TypedMessage<Down>;

/// A call that was handed to a process and is not answered yet.
struct OpenCall {
  Pid caller;
  Reference reference;
};

/// An answer somebody waits for: null as long as there is none.
struct PendingAnswer {
  SignalPointer answer;
  std::vector<Reference>* answered = nullptr;  ///< who wants to know that it has come
};

/// "<1.7.1> (pool)": a process for people; the name may be empty.
[[nodiscard]] std::string describe(const Pid& pid, const std::string& name);

/// A process as those that it started remember it, however long it lives.
struct Ancestor {
  Pid pid;
  std::string label;
  std::shared_ptr<const Ancestor> above;
};

/// What only some processes have, so that an idle one stays small. Thread-safety: none.
struct Relations : Pooled {
  std::string label;
  std::string child_id;                         ///< in the supervisor that has started it
  const std::string* starting_child = nullptr;  ///< the id of what it starts now
  std::shared_ptr<const Ancestor> ancestors;    ///< who started it, and so on
  std::shared_ptr<const Ancestor> as_ancestor;  ///< it, as its children know it
  Links links;
  ReferenceMap<Pid> monitors;
  std::vector<std::pair<Reference, bool>> aliases;  ///< the flag: for one message only
  ReferenceMap<PendingAnswer> requests;
  std::vector<OpenCall> open_calls;  ///< beyond the first
  /// What is kept until a call is answered.
  std::vector<std::pair<Reference, std::shared_ptr<void>>> held;
  Pid tracer;  ///< who is told of all that it does
};

}  // namespace kith::detail
