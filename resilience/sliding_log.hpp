#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

#include "core/clock.hpp"
#include "resilience/limiter_options.hpp"
#include "resilience/limiter_state.hpp"

namespace kith::limiting {

/// The exact limit of one key: units fit when, with them, at most `limit` were admitted in
/// (at - window, at]. Memory: a ring with the time of each admitted hit in 4 to 8 bytes, as many as
/// twice the window needs (4 up to 1.07 s, 5 up to 4.5 minutes, 6 up to 19 hours); hits of one time
/// take two such words. Times are kept without their high bits; all are younger than two windows,
/// so the difference is exact (ADR 0013). Thread-safety: plain value.
class SlidingLog {
 public:
  SlidingLog() = default;
  SlidingLog(const SlidingLog& other);
  SlidingLog(SlidingLog&&) noexcept = default;
  SlidingLog& operator=(SlidingLog other) noexcept;
  ~SlidingLog() = default;

  /// Moves to `at`, or stays where it is when `at` is older; the time at which it is then.
  Duration advance(const RateLimiterOptions& options, Duration at);
  /// The newest time it has seen; `Duration::min()`: none.
  [[nodiscard]] Duration newest() const { return newest_; }
  /// Units that fit now.
  [[nodiscard]] std::int64_t room(const RateLimiterOptions& options) const;
  /// Counts units, whether they fit or not; fewer than zero take the newest back, the rest is
  /// credit for one window.
  void take(const RateLimiterOptions& options, std::int64_t hits);
  /// How long until so many fit that do not now.
  [[nodiscard]] Duration wait_for(const RateLimiterOptions& options, std::int64_t hits) const;
  /// How long until it is as if never used.
  [[nodiscard]] Duration reset_after(const RateLimiterOptions& options) const;
  /// Goes on under other options; what was counted stays counted.
  void change(const RateLimiterOptions& before, const RateLimiterOptions& after);
  /// Moves all times.
  void move(Duration by, const RateLimiterOptions& options);
  /// Writes what it has counted.
  void save(LimiterState& state) const;
  /// Takes over what was written; false when that cannot be.
  [[nodiscard]] bool restore(const RateLimiterOptions& options, const LimiterState& state);
  /// Bytes it holds outside itself.
  [[nodiscard]] std::size_t heap_bytes() const {
    return capacity_ == 0 ? 0 : std::size_t{capacity_} * width_ + 8;
  }

 private:
  struct Entry {
    std::uint64_t age = 0;  // nanoseconds before newest_
    std::uint32_t units = 0;
    std::uint32_t words = 0;
  };
  [[nodiscard]] std::uint64_t word(std::uint32_t index) const;
  void set_word(std::uint32_t index, std::uint64_t value);
  [[nodiscard]] Entry entry(std::uint32_t index) const;
  [[nodiscard]] std::uint64_t newest_age() const;
  [[nodiscard]] std::uint64_t mask() const { return (std::uint64_t{1} << (8U * width_ - 1U)) - 1U; }
  void log(const RateLimiterOptions& options, std::uint32_t units);
  void append(std::uint64_t value, std::uint32_t capacity_max);
  void take_back(std::uint64_t units);
  void write_anew(const RateLimiterOptions& options, Duration newest);
  void clear();

  std::unique_ptr<unsigned char[]> ring_;
  std::uint32_t capacity_ = 0;  // words
  std::uint32_t first_ = 0;
  std::uint32_t words_ = 0;
  std::uint32_t units_ = 0;        // sum over the entries
  std::uint64_t oldest_word_ = 0;  // word(0) and the time of the newest entry, so that most
  std::uint64_t last_time_ = 0;    // requests need not look at the ring
  Duration newest_ = Duration::min();
  Duration credited_{};  // when credit was last given
  std::uint32_t credit_ = 0;
  std::uint8_t width_ = 0;  // bytes of a word; 0: not used yet
  bool last_is_pair_ = false;
};

}  // namespace kith::limiting
