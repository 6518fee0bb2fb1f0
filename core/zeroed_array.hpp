#pragma once

#include <cstddef>
#include <cstdlib>
#include <memory>
#include <new>
#include <type_traits>

namespace kith {

/// An array of plain values that begin as zero bytes. Pages nobody has touched cost no memory, so
/// it may be made as long as it could ever have to be. Its elements stay where they are and may be
/// reached through `std::atomic_ref`. Thread-safety: as its elements. Errors: throws
/// `std::bad_alloc`. Source: calloc(3).
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
