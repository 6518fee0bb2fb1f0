// SPDX-License-Identifier: Apache-2.0
#include "supervision/supervision_tree.hpp"

#include <algorithm>
#include <limits>
#include <set>
#include <utility>

#include "actor/process.hpp"
#include "actor/process_info.hpp"
#include "actor/server_ref.hpp"
#include "supervision/list_children.hpp"

namespace kith {
namespace {

/// Estimated size of an entry in an answer without its strings.
constexpr std::size_t entry_bytes = 200;

const char* state_of(const ProcessInfo& info) {
  if (info.is_suspended) return "suspended";
  return info.is_waiting ? "waiting" : "idle";
}

/// Collects the tree below a process by asking one process after the other. Runs inside a process.
/// Invariants: `seen_` has each pid visited or left out, so that no process appears twice; each
/// entry shown is charged to `room_` and `room_bytes_` once.
class TreeWalk {
 public:
  TreeWalk(System& system, const TreeOptions& options)
      : system_(system),
        options_(options),
        deadline_(deadline_after(system.clock().now(), options.patience_in_all)),
        room_(options.entries_max),
        room_bytes_(options.bytes_max) {}

  Result<TreeEntry> from(Pid top) {
    if (!system_.is_alive(top)) {
      return Error(ErrorCode::no_process, "the process " + to_string(top) + " does not live here");
    }
    TreeEntry entry;
    entry.pid = top;
    visit(entry, 0);
    return entry;
  }

  std::vector<TreeEntry> all() {
    return page(0, std::numeric_limits<std::size_t>::max(), false).trees;
  }

  /// Collects trees from position `begin` on. A position is a process index plus 1; 0 is the root,
  /// which comes first whatever its index. Stops at a quarter of `bytes_max`, which leaves room for
  /// the tree that crosses that mark; a tree that still does not fit is moved to the next page,
  /// where it is the first.
  TreePage page(std::uint64_t begin, std::size_t trees_max, bool bounded) {
    TreePage page;
    const std::size_t enough = bounded ? options_.bytes_max / 4 : 0;
    const Pid root = system_.root();
    if (begin == 0) {
      if (auto tree = from(root)) page.trees.push_back(*std::move(tree));
    }
    bool looked = false;
    for (const Pid& pid : system_.processes()) {
      const std::uint64_t place = std::uint64_t{pid.index} + 1;
      if (place < begin || pid == self() || pid == root || seen_.contains(pid)) continue;
      const bool full = room_ == 0 || page.trees.size() >= trees_max ||
                        (bounded && options_.bytes_max - room_bytes_ > enough);
      const bool late = bounded && looked && system_.clock().now() > deadline_;
      if (full || late) return {std::move(page.trees), place};
      looked = true;
      const auto info = process_info(pid, answer_timeout());
      if (!info || info->parent) continue;
      cut_ = false;
      auto tree = from(pid);
      if (!tree) continue;
      // It may fit on a page of its own.
      if (bounded && cut_ && !page.trees.empty()) return {std::move(page.trees), place};
      page.trees.push_back(*std::move(tree));
    }
    return page;
  }

 private:
  void visit(TreeEntry& entry, std::size_t level) {
    seen_.insert(entry.pid);
    entry.name = system_.name_of(entry.pid).value_or("");
    entry.message_queue_length = system_.message_queue_length(entry.pid).value_or(0);
    const auto info = process_info(entry.pid, answer_timeout());
    if (!info) {
      const bool ended = info.error().code() == ErrorCode::no_process;
      entry.state = ended ? "stopped" : "busy";
      name_by_label(entry);
      take_room(entry);
      return;
    }
    entry.label = info->label;
    entry.state = state_of(*info);
    entry.is_supervisor = entry.is_supervisor || info->is_supervisor;
    entry.message_queue_length = info->message_queue_length;
    name_by_label(entry);
    take_room(entry);
    if (info->is_supervisor) add_specified(entry, level);
    add_started(entry, info->links, level);
  }

  static void name_by_label(TreeEntry& entry) {
    if (entry.id.empty()) entry.id = entry.name.empty() ? entry.label : entry.name;
  }

  /// Adds the children that a supervisor reports. Marks those left out as seen: they must not
  /// appear as started processes instead.
  void add_specified(TreeEntry& entry, std::size_t level) {
    const ServerAddress address(&system_, entry.pid);
    const auto children = detail::control_call<std::vector<ChildInfo>>(
        address, detail::ListChildren{}, answer_timeout());
    if (!children) {
      entry.state = "busy";
      return;
    }
    for (const ChildInfo& each : *children) {
      if (!has_room(entry, level)) {
        if (each.pid) seen_.insert(each.pid);
        continue;
      }
      TreeEntry child;
      child.id = each.id;
      child.pid = each.pid;
      child.is_supervisor = each.is_supervisor;
      child.restarts = each.restarts;
      child.next_attempt_ms = each.next_attempt_ms;
      child.state = each.restarting ? "restarting" : "stopped";
      if (each.pid)
        visit(child, level + 1);
      else
        take_room(child);
      entry.children.push_back(std::move(child));
    }
  }

  /// Adds other processes that it started linked to itself.
  void add_started(TreeEntry& entry, std::vector<Pid> links, std::size_t level) {
    std::ranges::sort(links);
    for (const Pid& pid : links) {
      if (seen_.contains(pid) || pid.node != entry.pid.node) continue;
      const auto info = process_info(pid, answer_timeout());
      if (!info || info->parent != entry.pid || !has_room(entry, level)) continue;
      TreeEntry child;
      child.pid = pid;
      visit(child, level + 1);
      entry.children.push_back(std::move(child));
    }
  }

  void take_room(const TreeEntry& entry) {
    if (room_ > 0) --room_;
    const std::size_t texts = entry.id.size() + entry.name.size() + entry.label.size();
    room_bytes_ -= std::min(room_bytes_, entry_bytes + texts);
  }

  /// Returns whether one more child fits; counts it as omitted otherwise.
  bool has_room(TreeEntry& entry, std::size_t level) {
    const bool room = room_ > 0 && room_bytes_ > 0;
    if (!room) cut_ = true;
    if (room && level < options_.levels_max && entry.children.size() < options_.children_max)
      return true;
    ++entry.omitted;
    return false;
  }

  /// Time for the next answer: `options_.patience`, cut at the deadline of the whole walk.
  Duration answer_timeout() const {
    return std::max(std::min(deadline_ - system_.clock().now(), options_.patience),
                    Duration::zero());
  }

  System& system_;
  const TreeOptions& options_;
  TimePoint deadline_;
  std::size_t room_;
  std::size_t room_bytes_;
  bool cut_ = false;  ///< an entry of the current tree did not fit on this page
  std::set<Pid> seen_;
};

}  // namespace

Result<TreeEntry> supervision_tree(System& system, Pid top, const TreeOptions& options) {
  if (top && top.node != system.boot()) {
    return Error(ErrorCode::invalid_argument, to_string(top) + " lives on another node: ask there");
  }
  return detail::in_process(&system, [&] { return TreeWalk(system, options).from(top); });
}

std::vector<TreeEntry> supervision_trees(System& system, const TreeOptions& options) {
  using Trees = std::vector<TreeEntry>;
  const auto walk = [&] { return Result<Trees>(TreeWalk(system, options).all()); };
  return detail::in_process(&system, walk).value_or(Trees{});
}

TreePage supervision_tree_page(System& system, std::uint64_t from, std::size_t trees_max,
                               const TreeOptions& options) {
  const auto walk = [&] {
    return Result<TreePage>(TreeWalk(system, options).page(from, trees_max, true));
  };
  return detail::in_process(&system, walk).value_or(TreePage{});
}

}  // namespace kith
