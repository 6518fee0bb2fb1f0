// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <unordered_map>
#include <utility>
#include <vector>

#include "actor/internal/link_set.hpp"
#include "core/pid.hpp"

namespace kith::detail {

/// The links of one process, and its unlinks that the other process has not acknowledged yet. Both
/// ends of a link learn of changes by signals. Each unlink has a number and is acknowledged, so
/// that both ends agree even if signals cross: a `link` that arrives before the acknowledgement was
/// sent before the other process received the unlink, and is ignored. Source: Erlang's distribution
/// protocol, "Link Protocol". Thread-safety: none.
class Links {
 public:
  /// Adds a link that this process creates; the caller sends the signal. Drops an unacknowledged
  /// unlink: the other process receives the unlink and the new link in order.
  void link(Pid other) {
    if (unlinking_) unlinking_->erase(other);
    linked_.add(other);
  }
  /// Removes a link under this number; the caller sends the unlink. False if there is no link.
  bool unlink(Pid other, std::uint64_t number) {
    if (!linked_.remove(other)) return false;
    note_unlink(other, number);
    return true;
  }
  /// Removes a link after the connection with the other process was lost, and with it signals about
  /// the link in either direction. The other may have linked itself again since then, so that any
  /// such link is ended too, under this number; the caller sends the unlink with the reason. False
  /// if there is no link.
  bool lost(Pid other, std::uint64_t number) {
    note_unlink(other, number);
    return linked_.remove(other);
  }
  /// Adds a link that the other process created.
  void linked_by(Pid other) {
    if (!unlinking_ || !unlinking_->contains(other)) linked_.add(other);
  }
  /// Removes a link that the other process ended; the caller must acknowledge that before it sends
  /// anything else to it. False if there is no link.
  bool unlinked_by(Pid other) { return linked_.remove(other); }
  /// Forgets the unlink with this number, which the other process has acknowledged.
  void acknowledged_by(Pid other, std::uint64_t number) {
    if (!unlinking_) return;
    const auto it = unlinking_->find(other);
    if (it != unlinking_->end() && it->second == number) unlinking_->erase(it);
  }
  /// Removes a link to a process that has ended; false if there is no link.
  bool broken_by(Pid other) { return linked_.remove(other); }

  [[nodiscard]] bool contains(Pid other) const { return linked_.contains(other); }
  /// Returns all linked processes, oldest first.
  [[nodiscard]] std::vector<Pid> all() const { return linked_.all(); }
  /// Returns the number of unlinks that are not acknowledged.
  [[nodiscard]] std::size_t unacknowledged() const { return unlinking_ ? unlinking_->size() : 0; }

 private:
  using Unlinking = std::unordered_map<Pid, std::uint64_t, LinkSet::Hash>;

  void note_unlink(Pid other, std::uint64_t number) {
    if (!unlinking_) unlinking_ = std::make_unique<Unlinking>();
    unlinking_->insert_or_assign(other, number);
  }

  LinkSet linked_;
  std::unique_ptr<Unlinking> unlinking_;
};

}  // namespace kith::detail
