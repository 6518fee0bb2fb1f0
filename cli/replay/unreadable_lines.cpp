// SPDX-License-Identifier: Apache-2.0
#include "cli/replay/unreadable_lines.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "cli/replay/text_table.hpp"

namespace kith::replay {

void UnreadableLines::add(std::uint64_t number, std::string why) {
  ++count_;
  ++reasons_[why];
  if (first_.size() < kept_max) first_.push_back({number, std::move(why)});
}

std::string UnreadableLines::text() const {
  std::string text;
  for (const auto& [number, why] : first_) {
    text += fmt::format("line {} is unreadable: {}\n", number, why);
  }
  if (count_ == first_.size()) return text;
  text += fmt::format("... and {} more; all {} by reason:\n", grouped(count_ - first_.size()),
                      grouped(count_));
  using Reason = std::pair<std::string, std::uint64_t>;
  std::vector<Reason> reasons(reasons_.begin(), reasons_.end());
  std::ranges::stable_sort(reasons, std::greater<>(), &Reason::second);
  for (const auto& [why, lines] : reasons) {
    text += fmt::format("{:>12}  {}\n", grouped(lines), why);
  }
  return text;
}

}  // namespace kith::replay
