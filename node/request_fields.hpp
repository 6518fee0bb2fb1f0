// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>

#include "core/clock.hpp"
#include "core/result.hpp"
#include "core/value.hpp"
#include "resilience/breaker_machine.hpp"
#include "resilience/limiter_machine.hpp"

namespace kith::node {

/// Reads the arguments of a request. Thread-safety: a view of a value that must outlive it.
class Fields {
 public:
  explicit Fields(const Value& request) : request_(request) {}

  /// Returns the field, or null.
  [[nodiscard]] const Value* find(std::string_view name) const { return request_.find(name); }
  /// The readers below return `otherwise` if the field is absent or null. Errors of all:
  /// `invalid_argument`, naming the field.
  [[nodiscard]] Result<std::string> text(std::string_view name) const;
  [[nodiscard]] Result<std::string> text(std::string_view name, std::string otherwise) const;
  /// Reads a number from 0 to 2^32 - 1.
  [[nodiscard]] Result<std::uint32_t> natural(std::string_view name, std::uint32_t otherwise) const;
  [[nodiscard]] Result<std::int64_t> integer(std::string_view name, std::int64_t otherwise) const;
  [[nodiscard]] Result<bool> boolean(std::string_view name, bool otherwise) const;
  [[nodiscard]] Result<double> number(std::string_view name, double otherwise) const;
  /// Reads a non-negative whole number of nanoseconds.
  [[nodiscard]] Result<Duration> duration(std::string_view name, Duration otherwise) const;
  [[nodiscard]] Result<ValueArray> array(std::string_view name) const;
  [[nodiscard]] Result<Bytes> bytes(std::string_view name) const;
  /// Reads `limit`, `window_ns`, `algorithm`, `burst`, `calendar`, `shadow`.
  [[nodiscard]] Result<RateLimiterOptions> limiter_options() const;
  /// Returns whether any of these is given; otherwise the request uses the definition in force.
  [[nodiscard]] bool defines_limit() const;
  /// Returns whether any of the fields of `breaker_options` is given.
  [[nodiscard]] bool defines_breaker() const;
  /// Reads the fields of a breaker in docs/protocol.md.
  [[nodiscard]] Result<CircuitBreakerOptions> breaker_options() const;

 private:
  [[nodiscard]] bool has_any(std::initializer_list<std::string_view> names) const;

  const Value& request_;
};

}  // namespace kith::node
