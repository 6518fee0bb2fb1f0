// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "core/result.hpp"
#include "core/value.hpp"

namespace kith {

/// Adds to one integer of a row. Source: ets:update_counter/3. Thread-safety: plain value.
struct CounterUpdate {
  /// Replaces a sum beyond `threshold` by `set`: above it if `increment` >= 0, otherwise below it.
  struct Bound {
    std::int64_t threshold = 0;
    std::int64_t set = 0;
  };
  std::size_t position = 0;  ///< of the element, from 1
  std::int64_t increment = 1;
  std::optional<Bound> bound = {};
};

/// Writes one element of a row. Source: ets:update_element/3. Thread-safety: plain value.
struct ElementUpdate {
  std::size_t position = 0;  ///< of the element, from 1
  Value value{};
};

/// Reads counter updates from a term: an integer (added to the element after the key), {"pos": p,
/// "incr": i} with optional "threshold" and "set", or an array of such objects. Error:
/// `invalid_argument`. Pure.
Result<std::vector<CounterUpdate>> counter_updates_from(const Value& term,
                                                        std::size_t key_position);
/// Reads element updates from a term: {"pos": p, "value": v} or an array of such. Error:
/// `invalid_argument`. Pure.
Result<std::vector<ElementUpdate>> element_updates_from(const Value& term);

}  // namespace kith
