// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstdint>
#include <deque>
#include <memory>
#include <utility>

#include "resilience/limiter_options.hpp"
#include "resilience/limiter_time.hpp"

/// Slow reference models of the algorithms, in fractions.
namespace kith::oracle {

using Integer = limiting::SignedWide;

/// A fraction; `exact` becomes false once a number is so large that it may have overflowed.
struct Fraction {
  Integer up = 0;
  Integer down = 1;

  Fraction(Integer numerator = 0, Integer denominator = 1) : up(numerator), down(denominator) {
    Integer a = up < 0 ? -up : up;
    for (Integer b = down; b != 0;) a = std::exchange(b, a % b);
    if (a > 1) {
      up /= a;
      down /= a;
    }
  }
  [[nodiscard]] bool exact() const { return down < (Integer{1} << 36U); }
  [[nodiscard]] std::int64_t floor() const {
    const Integer whole = up / down;
    return static_cast<std::int64_t>(up % down < 0 ? whole - 1 : whole);
  }
  [[nodiscard]] std::int64_t ceil() const { return -Fraction(-up, down).floor(); }
  friend Fraction operator+(const Fraction& a, const Fraction& b) {
    return {a.up * b.down + b.up * a.down, a.down * b.down};
  }
  friend Fraction operator-(const Fraction& a, const Fraction& b) {
    return a + Fraction(-b.up, b.down);
  }
  friend Fraction operator*(const Fraction& a, const Fraction& b) {
    const Fraction left(a.up, b.down);  // reduced across, so that products stay small
    const Fraction right(b.up, a.down);
    return {left.up * right.up, left.down * right.down};
  }
  friend bool operator<(const Fraction& a, const Fraction& b) {
    return a.up * b.down < b.up * a.down;
  }
};

/// A model of one key. Times are nanoseconds and do not go back.
class Model {
 public:
  virtual ~Model() = default;
  virtual void pass(const RateLimiterOptions& options, std::int64_t to) = 0;
  virtual std::int64_t room(const RateLimiterOptions& options) = 0;
  virtual void take(const RateLimiterOptions& options, std::int64_t hits) = 0;
  virtual void change(const RateLimiterOptions& before, const RateLimiterOptions& after) = 0;
  [[nodiscard]] virtual bool exact() const { return true; }
};

/// Token and leaky buckets: the size less the consumed units, and the room beyond that. For a leaky
/// bucket both refer to the smallest size since it was last full.
class Bucket final : public Model {
 public:
  explicit Bucket(const RateLimiterOptions& options)
      : size_(limiting::bucket_size(options)),
        level_(size_),
        is_leaky_(options.algorithm == LimiterAlgorithm::leaky_bucket) {}

  void pass(const RateLimiterOptions& options, std::int64_t to) override {
    const std::int64_t passed = to - std::exchange(now_, to);
    if (beyond_ == 0 && Fraction(size_) < level_) {
      if (to - credited_ >= options.window.count()) level_ = Fraction(size_);
    } else {
      level_ = level_ + Fraction(Integer{passed} * options.limit, options.window.count());
      level_ = std::min(level_, Fraction(size_));
    }
    pay();
    if (beyond_ > 0 || Fraction(size_) < level_ || level_ < Fraction(size_)) return;
    size_ = limiting::bucket_size(options);
    level_ = Fraction(size_);
  }
  std::int64_t room(const RateLimiterOptions& options) override {
    const std::int64_t grown = std::int64_t{limiting::bucket_size(options)} - size_;
    return std::max(level_.floor() + beyond_, level_.floor() + grown);
  }
  void take(const RateLimiterOptions&, std::int64_t hits) override {
    level_ = level_ - Fraction(hits);
    beyond_ = std::max(beyond_, -level_.floor());
    if (hits >= 0) return;
    pay();
    if (beyond_ == 0 && Fraction(size_) < level_) credited_ = now_;
  }
  void change(const RateLimiterOptions&, const RateLimiterOptions& after) override {
    const std::int64_t size = limiting::bucket_size(after);
    if (is_leaky_ && size >= size_ && size_ > 0) return;
    const std::int64_t grown = size - std::exchange(size_, size);
    const std::int64_t old_room = level_.floor() + beyond_;
    level_ = level_ + Fraction(grown);
    const std::int64_t smaller =
        is_leaky_ ? std::min(old_room, size) : std::max<std::int64_t>(old_room + grown, 0);
    beyond_ = std::max(grown < 0 ? smaller : old_room, level_.floor()) - level_.floor();
  }
  [[nodiscard]] bool exact() const override { return level_.exact(); }

 private:
  void pay() { beyond_ = std::min(beyond_, std::max<std::int64_t>(size_ - level_.floor(), 0)); }
  std::int64_t size_;
  Fraction level_;
  std::int64_t beyond_ = 0;
  bool is_leaky_;
  std::int64_t now_ = 0;
  std::int64_t credited_ = 0;
};

/// GCRA: the lead of the arrival time, and credit in units.
class Arrival final : public Model {
 public:
  void pass(const RateLimiterOptions& options, std::int64_t to) override {
    ahead_ = std::max(ahead_ - Fraction(to - std::exchange(now_, to)), Fraction(0));
    if (Fraction(0) < credit_ && to - credited_ >= options.window.count()) credit_ = Fraction(0);
  }
  std::int64_t room(const RateLimiterOptions& options) override {
    if (options.limit == 0) return std::max<std::int64_t>(credit_.floor(), 0);
    const Fraction left = Fraction(limiting::bucket_size(options)) - units(options) + credit_;
    return std::max<std::int64_t>(left.floor(), 0);
  }
  void take(const RateLimiterOptions& options, std::int64_t hits) override {
    credit_ = credit_ - Fraction(hits);
    if (options.limit > 0) settle(options);
    if (hits < 0 && Fraction(0) < credit_) credited_ = now_;
  }
  void change(const RateLimiterOptions& before, const RateLimiterOptions& after) override {
    if (before.limit == 0 && after.limit > 0) settle(after);
  }
  [[nodiscard]] bool exact() const override { return ahead_.exact() && credit_.exact(); }

 private:
  [[nodiscard]] Fraction units(const RateLimiterOptions& options) const {
    return ahead_ * Fraction(options.limit, options.window.count());
  }
  /// Offsets credit against the lead; afterwards at most one of them is positive.
  void settle(const RateLimiterOptions& options) {
    if (!(credit_ < Fraction(0)) && !(Fraction(0) < ahead_)) return;
    const Fraction net = credit_ - units(options);
    credit_ = std::max(net, Fraction(0));
    ahead_ =
        std::max(Fraction(0) - net, Fraction(0)) * Fraction(options.window.count(), options.limit);
  }
  Fraction ahead_;
  Fraction credit_;
  std::int64_t now_ = 0;
  std::int64_t credited_ = 0;
};

/// The sliding log: the time of each unit.
class Log final : public Model {
 public:
  void pass(const RateLimiterOptions& options, std::int64_t to) override {
    now_ = to;
    std::erase_if(times_, [&](std::int64_t at) { return to - at >= options.window.count(); });
    if (to - credited_ >= options.window.count()) credit_ = 0;
  }
  std::int64_t room(const RateLimiterOptions& options) override {
    const auto used = static_cast<std::int64_t>(times_.size());
    return std::max<std::int64_t>(options.limit - used, 0) + credit_;
  }
  void take(const RateLimiterOptions&, std::int64_t hits) override {
    for (; hits > 0 && credit_ > 0; --hits) --credit_;
    for (; hits > 0; --hits) times_.push_back(now_);
    for (; hits < 0 && !times_.empty(); ++hits) times_.pop_back();
    if (hits == 0) return;
    credit_ -= hits;
    credited_ = now_;
  }
  void change(const RateLimiterOptions&, const RateLimiterOptions&) override {}

 private:
  std::deque<std::int64_t> times_;
  std::int64_t credit_ = 0;
  std::int64_t now_ = 0;
  std::int64_t credited_ = 0;
};

/// The fixed window.
class Fixed final : public Model {
 public:
  void pass(const RateLimiterOptions& options, std::int64_t to) override {
    now_ = to;
    if (to - begin_ >= options.window.count()) used_ = 0, begun_ = false;
  }
  std::int64_t room(const RateLimiterOptions& options) override {
    return std::max<std::int64_t>(options.limit - used_, 0);
  }
  void take(const RateLimiterOptions&, std::int64_t hits) override {
    if (hits != 0 && !std::exchange(begun_, true)) begin_ = now_;
    used_ += hits;
  }
  void change(const RateLimiterOptions&, const RateLimiterOptions&) override {}

 private:
  bool begun_ = false;
  std::int64_t used_ = 0;
  std::int64_t now_ = 0;
  std::int64_t begin_ = 0;
};

/// The sliding counter: hits of the current window, and older ones that fade until an instant.
class Counter final : public Model {
 public:
  void pass(const RateLimiterOptions& options, std::int64_t to) override {
    now_ = to;
    const std::int64_t begin = to - to % options.window.count();
    if (begin == begin_) return;
    const bool is_next = begin - begin_ == options.window.count();
    const std::int64_t left = regular_ ? 0 : faded(begin).ceil();
    older_ = is_next ? std::max<std::int64_t>(hits_, 0) + left : 0;
    hits_ = 0;
    begin_ = begin;
    end_ = begin + options.window.count();
    length_ = options.window.count();
    regular_ = true;
  }
  std::int64_t room(const RateLimiterOptions& options) override {
    const Fraction left = Fraction(std::int64_t{options.limit} - hits_) - faded(now_);
    return std::max<std::int64_t>(left.floor(), 0);
  }
  void take(const RateLimiterOptions&, std::int64_t hits) override { hits_ += hits; }
  void change(const RateLimiterOptions& before, const RateLimiterOptions& after) override {
    if (before.window == after.window) return;
    begin_ = now_ - now_ % after.window.count();
    regular_ = end_ == begin_ + after.window.count() && length_ == after.window.count();
  }

 private:
  [[nodiscard]] Fraction faded(std::int64_t at) const {
    return Fraction(Integer{older_} * std::max<std::int64_t>(end_ - at, 0), length_);
  }
  std::int64_t hits_ = 0;
  std::int64_t older_ = 0;
  std::int64_t now_ = 0;
  std::int64_t begin_ = 0;
  std::int64_t end_ = 0;
  std::int64_t length_ = 1;
  bool regular_ = true;
};

inline std::unique_ptr<Model> model_of(const RateLimiterOptions& options) {
  switch (options.algorithm) {
    case LimiterAlgorithm::token_bucket:
    case LimiterAlgorithm::leaky_bucket:
      return std::make_unique<Bucket>(options);
    case LimiterAlgorithm::gcra:
      return std::make_unique<Arrival>();
    case LimiterAlgorithm::sliding_log:
      return std::make_unique<Log>();
    case LimiterAlgorithm::fixed_window:
      return std::make_unique<Fixed>();
    default:
      return std::make_unique<Counter>();
  }
}

}  // namespace kith::oracle
