// SPDX-License-Identifier: Apache-2.0
#include "core/nearest_name.hpp"

#include <algorithm>
#include <cstddef>
#include <numeric>
#include <utility>
#include <vector>

#include "core/limits.hpp"
#include "core/printable.hpp"

namespace kith {
namespace {

/// Returns the number of edits between two names; a transposition counts as one (optimal string
/// alignment distance).
std::size_t edits(std::string_view a, std::string_view b) {
  std::vector<std::size_t> before(b.size() + 1);
  std::vector<std::size_t> row(b.size() + 1);
  std::vector<std::size_t> next(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    next[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replaced = row[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      next[j] = std::min({row[j] + 1, next[j - 1] + 1, replaced});
      const bool swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
      if (swapped) next[j] = std::min(next[j], before[j - 2] + 1);
    }
    before = std::exchange(row, next);
  }
  return row[b.size()];
}

}  // namespace

std::optional<std::string> nearest_name(std::string_view typed,
                                        std::span<const std::string> names) {
  std::optional<std::string> best;
  if (typed.size() > limits::name_size_bytes_max) return best;  // too long to be a mistyped name
  std::size_t best_edits = 0;
  for (const std::string& name : names) {
    const std::size_t allowed = std::max<std::size_t>(1, std::max(typed.size(), name.size()) / 3);
    const std::size_t difference =
        std::max(typed.size(), name.size()) - std::min(typed.size(), name.size());
    if (difference > allowed) continue;  // skips the costly comparison: there may be many names
    const std::size_t distance = edits(typed, name);
    if (distance <= allowed && (!best || distance < best_edits)) {
      best = name;
      best_edits = distance;
    }
  }
  if (best || typed.size() < 3) return best;
  const auto longer =
      std::ranges::find_if(names, [&](const std::string& name) { return name.starts_with(typed); });
  return longer == names.end() ? std::nullopt : std::optional(*longer);
}

std::string did_you_mean(std::string_view typed, std::span<const std::string> names) {
  const auto name = nearest_name(typed, names);
  return name ? "; did you mean " + in_quotes(*name) + "?" : "";
}

}  // namespace kith
