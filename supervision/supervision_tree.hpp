// SPDX-License-Identifier: Apache-2.0
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

/// Describes one process, or one stopped child, of a supervision tree. Thread-safety: plain value.
struct TreeEntry {
  std::string id;    ///< in its supervisor; otherwise its name, or its label
  Pid pid;           ///< null while it is not running
  std::string name;  ///< registered in the system; empty: none
  std::string label;
  /// "idle" (waits for messages), "waiting" (a handler calls, receives or sleeps), "suspended",
  /// "busy" (did not answer in time), "restarting", "stopped".
  std::string state;
  bool is_supervisor = false;
  std::uint64_t restarts = 0;         ///< number of restarts by its supervisor
  std::int64_t next_attempt_ms = -1;  ///< time left of its back-off; -1: none is running
  std::size_t message_queue_length = 0;
  std::vector<TreeEntry> children;  ///< in start order, then other processes that it started
  std::size_t omitted = 0;          ///< number of children left out because of `TreeOptions`
};

/// Limits on the size of a tree and on the time to collect it. Thread-safety: plain value.
struct TreeOptions {
  std::size_t children_max = 1000;                                  ///< per process
  std::size_t entries_max = 10'000;                                 ///< in total
  std::size_t bytes_max = std::numeric_limits<std::size_t>::max();  ///< in total, estimated
  std::size_t levels_max = 12;                                      ///< below the top
  /// Time for one process to answer, after which it is "busy". A higher value waits longer at each
  /// process that runs a long handler.
  Duration patience = std::chrono::milliseconds(100);
  /// Time for all processes together; after it those that remain are "busy".
  Duration patience_in_all = std::chrono::seconds(2);
};

/// One page of the trees of a system. Thread-safety: plain value.
struct TreePage {
  std::vector<TreeEntry> trees;
  std::optional<std::uint64_t> next;  ///< start of the next page; nullopt on the last one
};

/// Returns the tree below a process: children of supervisors, and processes that any process
/// started linked to itself.
///
///     const TreeEntry top = supervision_tree(system, system.root()).value();
///     for (const TreeEntry& each : top.children) system.log().info("tree", each.id);
///
/// Asks one process after the other, so the result is not a snapshot; costs nothing unless called.
/// Errors: `no_process`, `invalid_argument` (the process lives on another node).
/// Thread-safety: any thread; not from a supervisor of the tree. Source: the application view of
/// OTP's observer.
Result<TreeEntry> supervision_tree(System& system, Pid top, const TreeOptions& options = {});
/// Returns all trees of a system: first that of its root, then the processes started without a
/// link. Leaves out the calling process. Empty if the system has stopped.
std::vector<TreeEntry> supervision_trees(System& system, const TreeOptions& options = {});

/// Returns the next page of up to `trees_max` trees, from `from` on (0: the first page, then
/// `TreePage::next`). Adds no further tree once a quarter of `options.bytes_max` is filled. Cuts a
/// tree for lack of room only if it does not fit on a page of its own (`TreeEntry::omitted`). A
/// process that starts or ends between two pages may be missing.
TreePage supervision_tree_page(System& system, std::uint64_t from, std::size_t trees_max,
                               const TreeOptions& options);

}  // namespace kith
