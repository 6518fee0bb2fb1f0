// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <unordered_map>
#include <utility>

#include "core/clock.hpp"
#include "core/limits.hpp"
#include "core/result.hpp"

namespace kith::resilience {

/// Caches the latest answers of a replay by item number, so that an item that is sent again,
/// because its answer was lost, is not counted again. Thread-safety: plain value.
template <typename Answer>
class ReplayAnswers {
 public:
  /// Returns the answer to the item with this number, or null.
  [[nodiscard]] const Answer* find(std::uint64_t number) const {
    const auto it = answers_.find(number);
    return it == answers_.end() ? nullptr : &it->second;
  }

  /// Stores an answer; evicts the oldest beyond `limits::replay_answers_max`.
  const Answer& add(std::uint64_t number, Answer answer) {
    const auto [it, is_new] = answers_.insert_or_assign(number, std::move(answer));
    if (is_new) order_.push_back(number);
    if (order_.size() > limits::replay_answers_max) {
      answers_.erase(order_.front());
      order_.pop_front();
    }
    return it->second;
  }

 private:
  std::unordered_map<std::uint64_t, Answer> answers_;
  std::deque<std::uint64_t> order_;
};

/// Stores the state of each running replay. A replay that was idle for `limits::replay_idle_max` is
/// dropped when another one begins: its client is taken for dead. Thread-safety: plain value.
template <typename State>
class ReplayRuns {
 public:
  /// Returns the state of a replay; `make()` constructs that of a new one. Errors: `overloaded`
  /// (too many replays).
  template <typename Make>
  [[nodiscard]] Result<State*> find_or_make(const std::string& run, TimePoint now, Make make) {
    if (const auto it = runs_.find(run); it != runs_.end()) {
      it->second.last_used = now;
      return &it->second.state;
    }
    std::erase_if(runs_, [&](const auto& entry) {
      return now - entry.second.last_used > limits::replay_idle_max;
    });
    if (runs_.size() >= limits::replays_max) {
      return Error(ErrorCode::overloaded, "too many replays are under way on this node");
    }
    return &runs_.emplace(run, Run{make(), now}).first->second.state;
  }

  void forget(const std::string& run) { runs_.erase(run); }
  [[nodiscard]] std::size_t size() const { return runs_.size(); }

 private:
  struct Run {
    State state;
    TimePoint last_used;
  };
  std::map<std::string, Run> runs_;
};

}  // namespace kith::resilience
