// SPDX-License-Identifier: Apache-2.0
#include "resilience/retry.hpp"

#include <algorithm>
#include <cmath>

#include "actor/process.hpp"

namespace kith {
namespace {

/// Returns whether another attempt may succeed.
bool is_passing(const Error& error) {
  switch (error.code()) {
    case ErrorCode::timeout:
    case ErrorCode::no_connection:
    case ErrorCode::overloaded:
    case ErrorCode::unavailable:
    case ErrorCode::no_process:
    case ErrorCode::crashed:
      return true;
    default:
      return false;
  }
}

constexpr std::int64_t whole = 1'000'000;

std::int64_t millionths(double retries) {
  constexpr double most = 1e9;
  return retries > 0 ? std::llround(std::min(retries, most) * whole) : 0;
}

}  // namespace

RetryBudget::RetryBudget(double ratio, double reserve)
    : ratio_(millionths(ratio)), reserve_(millionths(reserve)), saved_(reserve_) {}

void RetryBudget::deposit() {
  const MutexLock lock(mutex_);
  saved_ = std::min(reserve_, saved_ + ratio_);
}

bool RetryBudget::withdraw() {
  const MutexLock lock(mutex_);
  if (saved_ < whole) return false;
  saved_ -= whole;
  return true;
}

void Retry::begin() const {
  if (options_.budget) options_.budget->deposit();
}

bool Retry::goes_on(const Error& error, std::uint32_t made) const {
  if (made >= options_.attempts) return false;
  if (!(options_.when ? options_.when(error) : is_passing(error))) return false;
  if (options_.budget && !options_.budget->withdraw()) return false;
  // The pid is part of the jitter, so that processes that failed together do not retry together.
  sleep_for(detail::backoff_delay(options_.backoff, made, to_string(self())));
  return true;
}

}  // namespace kith
