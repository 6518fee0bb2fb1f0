// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>

#include "core/clock.hpp"
#include "resilience/stage.hpp"

namespace kith {

/// Configures a bulkhead. Thread-safety: plain value.
struct BulkheadOptions {
  std::string name = "unnamed";  ///< in errors
  /// Requests that run at a time, at least 1. Higher puts more load on the service and ties up more
  /// callers if it is slow.
  std::size_t concurrent_max = 25;
  /// Requests that may wait; further ones are refused at once. Higher absorbs larger bursts at the
  /// price of longer queues.
  std::size_t waiting_max = 100;
  /// Longest wait of a request, zero or more. Higher refuses fewer requests, but callers may wait
  /// that much longer.
  Duration patience = std::chrono::seconds(1);
};

/// Bounds how many requests run at a time, so that a slow service cannot tie up all callers.
///
///     Bulkhead reports({.name = "reports", .concurrent_max = 4});
///     Result<int> rows = reports.run([] { return 42; });
///
/// Further requests wait in FIFO order. Copies refer to the same bulkhead, which is a stage of a
/// pipeline. Source: Nygard, "Release It!", Bulkheads.
/// Thread-safety: any process; not plain threads, because it waits.
class Bulkhead {
 public:
  explicit Bulkhead(BulkheadOptions options = {});

  /// Holds one of the `concurrent_max` slots until it is destroyed. Thread-safety: one owner.
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

  /// Waits for a slot. Errors: `overloaded` (queue full, or `patience` expired), `invalid_argument`
  /// (options).
  Result<Place> acquire();
  template <std::invocable F>
  Attempt<F> run(F request) {
    const auto place = acquire();
    if (!place) return place.error();
    return attempt(request);
  }

  /// Number of requests that run, and that wait.
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
