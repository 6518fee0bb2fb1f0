// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdlib>
#include <memory>
#include <new>
#include <type_traits>

namespace kith {

/// An array of trivial values, initially zero. Untouched pages use no memory, so it can be sized
/// for the maximum. Its elements do not move and may be accessed through `std::atomic_ref`.
/// Thread-safety: as its elements. Errors: throws `std::bad_alloc`. Source: calloc(3).
template <typename T>
class ZeroedArray {
  static_assert(std::is_trivial_v<T>);

 public:
  explicit ZeroedArray(std::size_t count)
      : elements_(static_cast<T*>(std::calloc(count, sizeof(T)))) {
    if (elements_ == nullptr) throw std::bad_alloc();
  }

  [[nodiscard]] T& operator[](std::size_t index) const { return elements_.get()[index]; }

 private:
  struct Free {
    void operator()(T* elements) const { std::free(elements); }
  };
  std::unique_ptr<T, Free> elements_;
};

}  // namespace kith
