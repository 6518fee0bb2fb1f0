#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>

#include "core/clock.hpp"
#include "resilience/stage.hpp"

namespace kith {

/// How many requests go through a bulkhead. Thread-safety: plain value.
struct BulkheadOptions {
  std::string name = "unnamed";                 ///< in errors
  std::size_t concurrent_max = 25;              ///< at one time; at least 1
  std::size_t waiting_max = 100;                ///< more are refused at once
  Duration patience = std::chrono::seconds(1);  ///< for one that waits; zero or more
};

/// Bounds how many requests run at one time, so that a slow service does not take all processes of
/// this one; some may wait, in the order of their coming. A value: copies mean the same bulkhead. A
/// stage of a pipeline. Source: Nygard, "Release It!", Bulkheads.
/// Thread-safety: any process; not for plain threads, since it waits.
class Bulkhead {
 public:
  explicit Bulkhead(BulkheadOptions options = {});

  /// The right to run, given back when it is dropped. Thread-safety: one owner.
  class [[nodiscard]] Place {
   public:
    Place(Place&&) noexcept = default;
    Place& operator=(Place&& other) noexcept;
    ~Place();

   private:
    friend class Bulkhead;
    explicit Place(Bulkhead bulkhead);
    std::unique_ptr<Bulkhead> bulkhead_;
  };

  /// Waits for a place. Errors: `overloaded` (too many wait, or it took too long),
  /// `invalid_argument` (options).
  Result<Place> acquire();
  template <std::invocable F>
  Attempt<F> run(F request) {
    const auto place = acquire();
    if (!place) return place.error();
    return attempt(request);
  }

  /// How many run, and how many wait.
  [[nodiscard]] std::size_t running() const;
  [[nodiscard]] std::size_t waiting() const;

 private:
  struct State;
  class Waiting;
  void release();
  [[nodiscard]] Error full(const char* why) const;

  std::shared_ptr<State> state_;
};

}  // namespace kith
