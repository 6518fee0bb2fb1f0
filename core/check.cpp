// SPDX-License-Identifier: Apache-2.0
#include "core/check.hpp"

#include <cstdio>
#include <cstdlib>

namespace kith {

void check_failed(const char* condition, const char* file, int line) {
  std::fprintf(stderr, "kith: broken invariant %s at %s:%d; this is a defect of kith\n", condition,
               file, line);
  std::abort();
}

}  // namespace kith
