// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <set>
#include <utility>
#include <vector>

namespace kith {

/// One operation of a thread on one key: its begin and end on a shared clock, its arguments and its
/// result.
struct Operation {
  enum class Kind : std::uint8_t { insert, insert_new, lookup, take, add, compare_and_swap };
  std::int64_t begin = 0;
  std::int64_t end = 0;
  Kind kind = Kind::lookup;
  std::int64_t argument = 0;                ///< written, added, or expected by compare_and_swap
  std::int64_t desired = 0;                 ///< by compare_and_swap
  std::optional<std::int64_t> result = {};  ///< the value, the sum, or 1 for yes and 0 for no
};

/// The value of a key.
using Register = std::optional<std::int64_t>;

/// Returns the result of an operation on a register, and the register afterwards.
inline std::pair<std::optional<std::int64_t>, Register> apply(const Operation& operation,
                                                              const Register& before) {
  switch (operation.kind) {
    case Operation::Kind::insert:
      return {std::nullopt, operation.argument};
    case Operation::Kind::insert_new:
      if (before) return {0, before};
      return {1, operation.argument};
    case Operation::Kind::lookup:
      return {before, before};
    case Operation::Kind::take:
      return {before, std::nullopt};
    case Operation::Kind::add: {
      const std::int64_t sum = before.value_or(0) + operation.argument;
      return {sum, sum};
    }
    case Operation::Kind::compare_and_swap:
      if (before == Register(operation.argument)) return {1, operation.desired};
      return {0, before};
  }
  return {std::nullopt, before};
}

/// Returns whether the operations could have happened sequentially, each between its begin and its
/// end, with these results, on an initially empty key. At most 64 operations. Source: Wing
/// and Gong, "Testing and verifying concurrent objects" (1993), with the memory of states of Lowe,
/// "Testing for linearizability" (2017).
inline bool is_linearizable(const std::vector<Operation>& history) {
  std::set<std::pair<std::uint64_t, Register>> seen;
  const std::function<bool(std::uint64_t, Register)> goes_on = [&](std::uint64_t done,
                                                                   const Register& state) {
    if (!seen.emplace(done, state).second) return false;
    std::int64_t first_end = INT64_MAX;
    bool all_done = true;
    for (std::size_t i = 0; i < history.size(); ++i) {
      if ((done >> i & 1U) != 0) continue;
      all_done = false;
      first_end = std::min(first_end, history[i].end);
    }
    if (all_done) return true;
    for (std::size_t i = 0; i < history.size(); ++i) {
      if ((done >> i & 1U) != 0 || history[i].begin > first_end) continue;
      const auto [result, after] = apply(history[i], state);
      if (result == history[i].result && goes_on(done | std::uint64_t{1} << i, after)) return true;
    }
    return false;
  };
  return goes_on(0, std::nullopt);
}

}  // namespace kith
