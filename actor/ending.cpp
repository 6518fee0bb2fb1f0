// SPDX-License-Identifier: Apache-2.0
#include "actor/ending.hpp"

#include <exception>

#include "actor/internal/process.hpp"
#include "actor/internal/runtime.hpp"

namespace kith::detail {

ExitReason exit_reason_of(const std::exception_ptr& thrown) {
  try {
    std::rethrow_exception(thrown);
  } catch (const ExitProcess& wish) {
    return wish.reason;
  } catch (const std::exception& problem) {
    return raised(problem.what());
  } catch (...) {  // handed over as a reason
    return raised("an exception that is not a std::exception");
  }
}

bool is_ending() {
  const Process* process = current_process();
  return process != nullptr && (process->ending() || std::uncaught_exceptions() > 0);
}

bool is_unanswered(const Reference& request) {
  const Process* process = current_process();
  return process != nullptr && process->is_unanswered(request);
}

bool hold_until_answered(const Reference& request, const std::shared_ptr<void>& what) {
  Process* process = current_process();
  return process != nullptr && process->hold_until_answered(request, what);
}

}  // namespace kith::detail
