#pragma once

namespace kith {

/// Says on standard error which invariant of the runtime is broken, then aborts the node.
[[noreturn]] void check_failed(const char* condition, const char* file, int line);

}  // namespace kith

/// A broken invariant of the runtime itself aborts the node; the cluster sees it go. Never for
/// bytes, names or sizes that come from outside.
#define KITH_CHECK(condition) \
  ((condition) ? static_cast<void>(0) : ::kith::check_failed(#condition, __FILE__, __LINE__))
