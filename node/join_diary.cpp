// SPDX-License-Identifier: Apache-2.0
#include "node/join_diary.hpp"

#include <algorithm>
#include <chrono>

namespace kith::node {
namespace {

/// Nodes that are started together usually find each other within this time.
constexpr Duration first_look = std::chrono::seconds(1);
constexpr Duration look_pause_max = std::chrono::seconds(30);
constexpr Duration telling_pause_first = std::chrono::seconds(30);
constexpr Duration telling_pause_max = std::chrono::minutes(10);

}  // namespace

void JoinDiary::set_missing(const std::set<transport::Address>& seeds, TimePoint now) {
  std::erase_if(pages_, [&](const auto& page) { return !seeds.contains(page.first); });
  for (const auto& seed : seeds) {
    pages_.try_emplace(seed, Page{.since = now,
                                  .next_look = now + first_look,
                                  .look_pause = first_look,
                                  .next_telling = now,
                                  .telling_pause = telling_pause_first,
                                  .obstacle = {}});
  }
}

std::vector<transport::Address> JoinDiary::due(TimePoint now) {
  std::vector<transport::Address> seeds;
  for (auto& [seed, page] : pages_) {
    if (!page.next_look || *page.next_look > now) continue;
    page.next_look.reset();
    seeds.push_back(seed);
  }
  return seeds;
}

bool JoinDiary::note(const transport::Address& seed, const JoinObstacle& obstacle, TimePoint now) {
  const auto it = pages_.find(seed);
  if (it == pages_.end()) return false;
  Page& page = it->second;
  page.look_pause = std::min(2 * page.look_pause, look_pause_max);
  page.next_look = now + page.look_pause;
  // The refusal came from the node itself; a look from outside cannot see it.
  const bool knows_better = page.obstacle.kind == JoinObstacle::Kind::not_let_in &&
                            obstacle.kind == JoinObstacle::Kind::one_way;
  if (knows_better) return false;
  const bool is_new = obstacle.kind != page.obstacle.kind;
  page.obstacle = obstacle;
  const bool is_time = is_new || page.next_telling <= now;
  if (obstacle.kind == JoinObstacle::Kind::none || !is_time) return false;
  page.telling_pause =
      is_new ? telling_pause_first : std::min(2 * page.telling_pause, telling_pause_max);
  page.next_telling = now + page.telling_pause;
  return true;
}

std::vector<JoinTrouble> JoinDiary::troubles() const {
  std::vector<JoinTrouble> troubles;
  for (const auto& [seed, page] : pages_) {
    if (page.obstacle.kind == JoinObstacle::Kind::none) continue;
    troubles.push_back({seed, page.obstacle, page.since});
  }
  return troubles;
}

std::optional<TimePoint> JoinDiary::next_deadline() const {
  std::optional<TimePoint> earliest;
  for (const auto& [seed, page] : pages_) {
    if (page.next_look && (!earliest || *page.next_look < *earliest)) earliest = page.next_look;
  }
  return earliest;
}

}  // namespace kith::node
