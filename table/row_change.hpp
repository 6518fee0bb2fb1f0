// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <concepts>
#include <cstddef>
#include <limits>
#include <type_traits>
#include <utility>

namespace kith::table {

/// Calls `f(value)`, which may modify the value; restores it if `f` throws, unless it cannot be
/// copied. Avoids the copy if `f` is `noexcept`. Returns true.
template <typename V, typename F>
bool change_row(V& value, F& f) {
  if constexpr (!std::is_nothrow_invocable_v<F&, V&> && std::copy_constructible<V> &&
                std::assignable_from<V&, V>) {
    V changed = value;
    f(changed);
    value = std::move(changed);
  } else {
    f(value);
  }
  return true;
}

/// Reserves room for one row of a bounded table before it is written, and gives it back unless
/// `keep` was called: the write may throw. Does nothing in an unbounded table.
class RowRoom {
 public:
  RowRoom(std::atomic<std::size_t>& rows, std::size_t rows_max)
      : rows_(rows), is_counted_(rows_max != std::numeric_limits<std::size_t>::max()) {
    is_full_ = is_counted_ && rows_.fetch_add(1, std::memory_order_relaxed) >= rows_max;
  }
  ~RowRoom() {
    if (is_counted_) rows_.fetch_sub(1, std::memory_order_relaxed);
  }
  RowRoom(const RowRoom&) = delete;
  RowRoom& operator=(const RowRoom&) = delete;

  [[nodiscard]] bool is_full() const { return is_full_; }
  void keep() { is_counted_ = false; }

 private:
  std::atomic<std::size_t>& rows_;
  bool is_counted_;
  bool is_full_;
};

}  // namespace kith::table
