// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "cluster/member.hpp"

namespace kith::cluster {

/// Returns how often a piece of news is sent: multiplier x ceil(log10(n + 1)) (M-007).
[[nodiscard]] std::size_t retransmit_limit(std::size_t multiplier, std::size_t members);
/// Returns the factor of the interval between full exchanges: 1 up to 32 members, 2 up to 64, 3 up
/// to 128 and so on (M-008).
[[nodiscard]] std::size_t push_pull_scale(std::size_t members);

/// Limits on the news in one message.
struct PackingLimits {
  std::size_t overhead_bytes = 0;  ///< per piece of news
  std::size_t limit_bytes = 0;     ///< in total
  std::size_t transmissions = 0;   ///< a piece of news is dropped after this number
};

/// Queues news about members: the least sent first, then the newest. News about a member replaces
/// older news about it. Source: memberlist, queue.go (M-010, M-011).
/// Thread-safety: none; plain value.
class RetransmitQueue {
 public:
  /// Queues a piece of news of this encoded size.
  void push(MemberState news, std::size_t size_bytes);
  /// Returns news for the next message, counted as sent. Skips pieces that do not fit.
  std::vector<MemberState> take(const PackingLimits& limits);
  [[nodiscard]] std::size_t size() const { return by_name_.size(); }
  [[nodiscard]] bool empty() const { return by_name_.empty(); }
  /// Returns the number of the newest piece of news; restarts at 1 only after the queue was empty.
  [[nodiscard]] std::uint64_t last_number() const { return last_number_; }

 private:
  struct Place {
    std::size_t transmissions = 0;
    std::uint64_t age = 0;  ///< counts down, so that the newest comes first
    friend auto operator<=>(const Place&, const Place&) = default;
  };
  struct News {
    MemberState state;
    std::size_t size_bytes = 0;
  };

  std::map<Place, News> waiting_;
  std::map<std::string, Place> by_name_;
  std::uint64_t last_number_ = 0;
};

}  // namespace kith::cluster
