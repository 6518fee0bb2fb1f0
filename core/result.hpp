// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <expected>
#include <stdexcept>
#include <string>
#include <utility>

#include "core/error.hpp"

namespace kith {

/// Thrown by `Result::value()` if there is an error instead. Uncaught, it becomes the exit reason
/// of the process, so `call(...).value()` is "let it crash".
class BadResult : public std::runtime_error {
 public:
  explicit BadResult(Error error)
      : std::runtime_error(error.to_string()), error_(std::move(error)) {}
  /// Returns the error of the result.
  [[nodiscard]] const Error& error() const { return error_; }

 private:
  Error error_;
};

/// Holds a value or an `Error`; returned by each operation that may fail in an expected way.
/// A class, since an alias cannot be `[[nodiscard]]`. Thread-safety: plain value.
///
///     Result<Value> settings = from_json(R"({"port": 7400})");
///     if (!settings) return settings.error();
///     const std::int64_t port = settings->find("port")->integer_or(7400);
template <typename T>
class [[nodiscard]] Result {
 public:
  using value_type = T;

  Result(T value) : value_(std::in_place, std::move(value)) {}      // NOLINT(google-explicit-*)
  Result(Error error) : value_(std::unexpect, std::move(error)) {}  // NOLINT(google-explicit-*)
  Result(ErrorCode code, std::string text) : value_(std::unexpect, code, std::move(text)) {}

  /// True if there is a value.
  [[nodiscard]] bool has_value() const { return value_.has_value(); }
  explicit operator bool() const { return has_value(); }
  /// Returns the error; undefined if there is a value.
  [[nodiscard]] const Error& error() const { return value_.error(); }
  /// Returns the value; throws `BadResult` if there is an error.
  [[nodiscard]] T& value() & {
    require();
    return *value_;
  }
  [[nodiscard]] const T& value() const& {
    require();
    return *value_;
  }
  /// Returns a temporary's value by value, so that `for (x : f().value())` is safe.
  [[nodiscard]] T value() && {
    require();
    return std::move(*value_);
  }
  /// Returns the value, or `other` if there is an error.
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

/// Holds success without a value, or an `Error`; `Result<void>()` is success.
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
  /// Returns the error; undefined on success.
  [[nodiscard]] const Error& error() const { return value_.error(); }
  /// Throws `BadResult` if there is an error.
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
