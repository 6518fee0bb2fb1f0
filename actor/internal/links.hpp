#pragma once

#include <cstdint>
#include <memory>
#include <unordered_map>
#include <utility>
#include <vector>

#include "actor/internal/link_set.hpp"
#include "core/pid.hpp"

namespace kith::detail {

/// The links of one process, and those that it has ended while the other process may not know it
/// yet. A link has two ends that are told of each other by signals; to end one is numbered and
/// acknowledged, so that both ends agree whatever crosses on the way: a `link` that comes before
/// the acknowledgement was sent by one that had not heard of the end, and will hear of it.
/// Source: Erlang's distribution protocol, "Link Protocol". Thread-safety: none.
class Links {
 public:
  /// The process links itself; the other must be told. It does not matter any more whether an
  /// earlier link was ended: the other hears of both in their order.
  void link(Pid other) {
    if (unlinking_) unlinking_->erase(other);
    linked_.add(other);
  }
  /// The process ends a link under this number, of which the other must be told. False when there
  /// is none.
  bool unlink(Pid other, std::uint64_t number) {
    if (!linked_.remove(other)) return false;
    note_unlink(other, number);
    return true;
  }
  /// The connection with the other was lost, and with it what either had said of their link. What
  /// they say of one made since then may have been heard or not: it is ended under this number, of
  /// which the other must be told, with the reason if it has linked itself again. False when there
  /// is no link.
  bool lost(Pid other, std::uint64_t number) {
    note_unlink(other, number);
    return linked_.remove(other);
  }
  /// The other has linked itself.
  void linked_by(Pid other) {
    if (!unlinking_ || !unlinking_->contains(other)) linked_.add(other);
  }
  /// The other has ended the link; it must be acknowledged before anything else is sent to it.
  /// False when there is none.
  bool unlinked_by(Pid other) { return linked_.remove(other); }
  /// The other has heard of the end with this number.
  void acknowledged_by(Pid other, std::uint64_t number) {
    if (!unlinking_) return;
    const auto it = unlinking_->find(other);
    if (it != unlinking_->end() && it->second == number) unlinking_->erase(it);
  }
  /// The other end of a link has ended; false when there is no link with it.
  bool broken_by(Pid other) { return linked_.remove(other); }

  [[nodiscard]] bool contains(Pid other) const { return linked_.contains(other); }
  /// All that it is linked to, oldest first.
  [[nodiscard]] std::vector<Pid> all() const { return linked_.all(); }
  /// Ends of links that are not acknowledged.
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
