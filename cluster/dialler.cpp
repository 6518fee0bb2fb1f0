// SPDX-License-Identifier: Apache-2.0
#include "cluster/dialler.hpp"

#include <algorithm>

namespace kith::cluster {

Dialler::Dialler(Duration first, Duration longest) : first_(first), longest_(longest) {}

void Dialler::set_targets(const std::set<transport::Address>& targets, TimePoint now) {
  std::erase_if(dials_, [&](const auto& dial) { return !targets.contains(dial.first); });
  for (const auto& address : targets) dials_.try_emplace(address, Dial{now, first_});
}

void Dialler::hurry(const transport::Address& address, TimePoint now) {
  if (const auto it = dials_.find(address); it != dials_.end()) {
    it->second = Dial{deadline_after(now, first_), first_};
  }
}

std::vector<transport::Address> Dialler::due(TimePoint now, Random& random) {
  std::vector<transport::Address> addresses;
  for (auto& [address, dial] : dials_) {
    if (dial.next > now) continue;
    addresses.push_back(address);
    const auto fifth = static_cast<std::uint64_t>(dial.back_off.count()) / 5;
    const auto less = fifth == 0 ? 0 : random.below(fifth);
    dial.next = deadline_after(now, dial.back_off - Duration(static_cast<Duration::rep>(less)));
    dial.back_off = dial.back_off < longest_ / 2 ? 2 * dial.back_off : longest_;
  }
  return addresses;
}

std::optional<TimePoint> Dialler::next_deadline() const {
  std::optional<TimePoint> earliest;
  for (const auto& [address, dial] : dials_) {
    if (!earliest || dial.next < *earliest) earliest = dial.next;
  }
  return earliest;
}

}  // namespace kith::cluster
