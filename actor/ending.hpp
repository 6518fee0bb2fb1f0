#pragma once

#include <concepts>
#include <exception>
#include <memory>

#include "actor/exit.hpp"
#include "core/pid.hpp"

/// How the end of a process, or of a request, looks from inside; for what is built on processes.
namespace kith::detail {

/// Calls `f` and gives what it threw, or null. The unwinding of a process that is being ended is no
/// error and goes on.
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

/// The reason with which a process ends that does not catch this.
[[nodiscard]] ExitReason exit_reason_of(const std::exception_ptr& thrown);

/// True when the calling process handles no further message: its handler has thrown or has asked
/// for the end, or an exit signal ends it. For destructors, which also run while it is unwound.
[[nodiscard]] bool is_ending();

/// True when the calling process has taken this request and has not answered it.
[[nodiscard]] bool is_unanswered(const Reference& request);

/// Keeps something until the calling process has answered this request, now or later, or has ended.
/// False, and keeps nothing, when it is not open there.
bool hold_until_answered(const Reference& request, const std::shared_ptr<void>& what);

}  // namespace kith::detail
