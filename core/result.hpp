#pragma once

#include <expected>
#include <stdexcept>
#include <string>
#include <utility>

#include "core/error.hpp"

namespace kith {

/// Thrown by `Result::value()` when there is none; as an uncaught exception it becomes the exit
/// reason of the process, so `call(...).value()` is "let it crash".
class BadResult : public std::runtime_error {
 public:
  explicit BadResult(Error error)
      : std::runtime_error(error.to_string()), error_(std::move(error)) {}
  /// The failure that was there instead of a value.
  [[nodiscard]] const Error& error() const { return error_; }

 private:
  Error error_;
};

/// Either a value or an `Error`: what every operation that may fail in an expected way returns.
/// A class, not an alias, because an alias cannot be `[[nodiscard]]`. Thread-safety: plain value.
template <typename T>
class [[nodiscard]] Result {
 public:
  using value_type = T;

  Result(T value) : value_(std::in_place, std::move(value)) {}      // NOLINT(google-explicit-*)
  Result(Error error) : value_(std::unexpect, std::move(error)) {}  // NOLINT(google-explicit-*)
  Result(ErrorCode code, std::string text) : value_(std::unexpect, code, std::move(text)) {}

  /// True when there is a value.
  [[nodiscard]] bool has_value() const { return value_.has_value(); }
  explicit operator bool() const { return has_value(); }
  /// The failure. Calling it on a value is a defect.
  [[nodiscard]] const Error& error() const { return value_.error(); }
  /// The value, or `BadResult` is thrown.
  [[nodiscard]] T& value() & {
    require();
    return *value_;
  }
  [[nodiscard]] const T& value() const& {
    require();
    return *value_;
  }
  /// Of a result that is about to go: a value of its own, so that it may be walked over at once.
  [[nodiscard]] T value() && {
    require();
    return std::move(*value_);
  }
  /// The value, or the other one.
  template <typename U>
  [[nodiscard]] T value_or(U&& other) const& {
    return value_.value_or(std::forward<U>(other));
  }
  template <typename U>
  [[nodiscard]] T value_or(U&& other) && {
    return std::move(value_).value_or(std::forward<U>(other));
  }
  T& operator*() & { return *value_; }
  const T& operator*() const& { return *value_; }
  T&& operator*() && { return *std::move(value_); }
  T* operator->() { return &*value_; }
  const T* operator->() const { return &*value_; }

 private:
  void require() const {
    if (!value_) throw BadResult(value_.error());
  }
  std::expected<T, Error> value_;
};

/// Success without a value, or an `Error`. `Result<void> r;` is success.
template <>
class [[nodiscard]] Result<void> {
 public:
  using value_type = void;

  Result() = default;
  Result(Error error) : value_(std::unexpect, std::move(error)) {}  // NOLINT(google-explicit-*)
  Result(ErrorCode code, std::string text) : value_(std::unexpect, code, std::move(text)) {}

  /// True on success.
  [[nodiscard]] bool has_value() const { return value_.has_value(); }
  explicit operator bool() const { return has_value(); }
  /// The failure. Calling it on success is a defect.
  [[nodiscard]] const Error& error() const { return value_.error(); }
  /// Nothing, or `BadResult` is thrown.
  void value() const {
    if (!value_) throw BadResult(value_.error());
  }

 private:
  std::expected<void, Error> value_;
};

namespace detail {

template <typename T>
inline constexpr bool is_result = false;
template <typename T>
inline constexpr bool is_result<Result<T>> = true;

}  // namespace detail
}  // namespace kith
