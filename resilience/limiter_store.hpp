#pragma once

#include <optional>
#include <string_view>

#include "core/bytes.hpp"
#include "core/clock.hpp"
#include "core/result.hpp"

namespace kith {

/// Where a `RateLimiter` keeps what its keys have used, so that it survives the process: a file, a
/// data base. The limiter asks for a key when it does not remember it and writes it whenever what
/// is counted for it has changed, before the check returns: a key is read once, written in order,
/// never by two threads at the same time. The bytes are those of a `LimiterState`.
///
/// It is called with the lock held under which its key is counted, and so it must not call this
/// limiter, nor wait for a process (`call`, `sleep_for`, `blocking`): a store that is slow or talks
/// to a process is used by checking inside of `blocking`. A store that fails or throws does not
/// stop the limiter, which then counts in memory alone (`RateLimiterCounters::store_failures`). It
/// belongs to one limiter at a time: limiters in two processes that share one overwrite each other.
/// Thread-safety: is called by all threads that check, for different keys at the same time.
class LimiterStore {
 public:
  virtual ~LimiterStore() = default;
  /// The state last written for the key; nothing when there is none.
  virtual Result<std::optional<Bytes>> get(std::string_view key) = 0;
  /// Keeps the state of the key. From `idle_at` on it is as if there were none: it may be dropped.
  virtual Result<void> on_change(std::string_view key, BytesView state, WallTime idle_at) = 0;
  /// Forgets the key: nothing is counted for it any more, or what was kept is of no use (of another
  /// algorithm, or damaged).
  virtual Result<void> remove(std::string_view key) = 0;
};

}  // namespace kith
