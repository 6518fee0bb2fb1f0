// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <concepts>
#include <exception>
#include <memory>

#include "actor/exit.hpp"
#include "core/pid.hpp"

/// Functions about the end of a process or a request, for code that is built on processes.
namespace kith::detail {

/// Calls `f` and returns the exception that it threw, or null. Does not catch `ForcedUnwind`, the
/// unwinding of a process that is being ended.
template <std::invocable F>
[[nodiscard]] std::exception_ptr thrown_by(F f) {
  try {
    f();
  } catch (const ForcedUnwind&) {
    throw;
  } catch (...) {  // handed over to the caller
    return std::current_exception();
  }
  return nullptr;
}

/// Returns the exit reason of a process that does not catch this exception.
[[nodiscard]] ExitReason exit_reason_of(const std::exception_ptr& thrown);

/// True if the calling process will not handle another message: its handler has thrown or has
/// requested the end, or an exit signal ends it. For destructors, which also run while it is
/// unwound.
[[nodiscard]] bool is_ending();

/// True if the calling process has received this request and has not answered it.
[[nodiscard]] bool is_unanswered(const Reference& request);

/// Keeps an object until the calling process has answered this request, or has ended. Returns
/// false, without keeping it, if the request is not open in the calling process.
bool hold_until_answered(const Reference& request, const std::shared_ptr<void>& what);

}  // namespace kith::detail
