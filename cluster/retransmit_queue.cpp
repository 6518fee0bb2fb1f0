// SPDX-License-Identifier: Apache-2.0
#include "cluster/retransmit_queue.hpp"

#include <cmath>
#include <limits>
#include <utility>

namespace kith::cluster {

std::size_t retransmit_limit(std::size_t multiplier, std::size_t members) {
  const double scale = std::ceil(std::log10(static_cast<double>(members) + 1.0));
  return multiplier * static_cast<std::size_t>(scale);
}

std::size_t push_pull_scale(std::size_t members) {
  std::size_t scale = 1;
  for (std::size_t reach = 32; reach < members; reach *= 2) ++scale;
  return scale;
}

void RetransmitQueue::push(MemberState news, std::size_t size_bytes) {
  if (const auto old = by_name_.find(news.name); old != by_name_.end()) {
    waiting_.erase(old->second);
    by_name_.erase(old);
  }
  const Place place{0, std::numeric_limits<std::uint64_t>::max() - ++last_number_};
  by_name_.emplace(news.name, place);
  waiting_.emplace(place, News{std::move(news), size_bytes});
}

/// Reinserts the taken pieces after the loop: a piece with one more transmission sorts later, and
/// the loop would visit it again.
std::vector<MemberState> RetransmitQueue::take(const PackingLimits& limits) {
  std::vector<MemberState> message;
  std::vector<std::pair<Place, News>> again;
  std::size_t used = 0;
  for (auto it = waiting_.begin(); it != waiting_.end();) {
    const std::size_t size = it->second.size_bytes + limits.overhead_bytes;
    if (used + size > limits.limit_bytes) {
      ++it;
      continue;
    }
    used += size;
    message.push_back(it->second.state);
    Place place = it->first;
    if (++place.transmissions < limits.transmissions) {
      again.emplace_back(place, std::move(it->second));
    } else {
      by_name_.erase(it->second.state.name);
    }
    it = waiting_.erase(it);
  }
  for (auto& [place, news] : again) {
    by_name_[news.state.name] = place;
    waiting_.emplace(place, std::move(news));
  }
  if (waiting_.empty()) last_number_ = 0;
  return message;
}

}  // namespace kith::cluster
