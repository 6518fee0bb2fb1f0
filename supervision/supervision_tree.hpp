#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "actor/system.hpp"
#include "core/pid.hpp"
#include "core/result.hpp"

namespace kith {

/// One place of a supervision tree. Thread-safety: plain value.
struct TreeEntry {
  std::string id;    ///< in its supervisor; else its name or its label
  Pid pid;           ///< of no process while it does not run
  std::string name;  ///< under which the system knows it, if any
  std::string label;
  /// "idle" (it waits for messages), "waiting" (inside a handler: it calls, receives or sleeps),
  /// "suspended", "busy" (did not answer in time), "restarting", "stopped".
  std::string state;
  bool is_supervisor = false;
  std::uint64_t restarts = 0;         ///< how often its supervisor has started it again
  std::int64_t next_attempt_ms = -1;  ///< while its back-off lasts: how long it still does, else -1
  std::size_t message_queue_length = 0;
  std::vector<TreeEntry> children;  ///< in the order of their start, then what else it started
  std::size_t omitted = 0;          ///< children beyond what `TreeOptions` allow
};

/// How a tree is looked at. Thread-safety: plain value.
struct TreeOptions {
  std::size_t children_max = 1000;                                  ///< shown of one process
  std::size_t entries_max = 10'000;                                 ///< shown at all
  std::size_t bytes_max = std::numeric_limits<std::size_t>::max();  ///< about, in an answer
  std::size_t levels_max = 12;                                      ///< shown below the top
  Duration patience = std::chrono::milliseconds(100);               ///< for one process to answer
  Duration patience_in_all = std::chrono::seconds(2);               ///< for all of them
};

/// Some of the trees of a system. Thread-safety: plain value.
struct TreePage {
  std::vector<TreeEntry> trees;
  std::optional<std::uint64_t> next;  ///< where the next page begins; nothing: there is none
};

/// What lives under this process: the children of supervisors, and what any process has started
/// linked to itself. Asks one process after the other, so it is no snapshot, and costs nothing
/// while it is not used. Errors: `no_process`, `invalid_argument` (it lives on another node).
/// Thread-safety: any thread; not from a supervisor of the tree. Source: the application view of
/// OTP's observer.
Result<TreeEntry> supervision_tree(System& system, Pid top, const TreeOptions& options = {});
/// All trees of a system: what its root supervises first, then what was started without a link. The
/// process that asks is left out. A system that has been stopped has none.
std::vector<TreeEntry> supervision_trees(System& system, const TreeOptions& options = {});

/// The same in pages: from where the page before has ended (0: from the beginning) up to
/// `trees_max` trees, and no further one when a quarter of `options.bytes_max` is filled. A tree
/// that has no room on a page of its own lacks what it has more (`TreeEntry::omitted`). What is
/// started or ends between two pages may be on one or on none.
TreePage supervision_tree_page(System& system, std::uint64_t from, std::size_t trees_max,
                               const TreeOptions& options);

}  // namespace kith
