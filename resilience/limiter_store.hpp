// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string_view>

#include "core/bytes.hpp"
#include "core/clock.hpp"
#include "core/result.hpp"

namespace kith {

/// Persists the counts of a `RateLimiter` across restarts, for example in a file or database. The
/// limiter reads a key that is not in memory and writes it before a check that changed it returns.
/// Reads and writes of one key are ordered and never concurrent. The bytes encode a `LimiterState`.
///
/// The limiter holds the lock of the key's shard during the call, so a store must not call this
/// limiter or wait for a process (`call`, `sleep_for`, `blocking`). If the store is slow or needs a
/// process, call `check` inside `blocking`. If the store fails or throws, the limiter counts in
/// memory only (`RateLimiterCounters::store_failures`). A store belongs to one limiter at a time:
/// two limiters would overwrite each other's states.
/// Thread-safety: called by all checking threads, concurrently for different keys.
class LimiterStore {
 public:
  virtual ~LimiterStore() = default;
  /// Returns the state last written for the key, or nullopt.
  virtual Result<std::optional<Bytes>> get(std::string_view key) = 0;
  /// Stores the state of the key. From `idle_at` on it may be dropped without an effect.
  virtual Result<void> on_change(std::string_view key, BytesView state, WallTime idle_at) = 0;
  /// Removes the key: it has no counts any more, or its state is damaged or of another algorithm.
  virtual Result<void> remove(std::string_view key) = 0;
};

}  // namespace kith
