// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "supervision/child_spec.hpp"

namespace kith::detail {

/// Requests the children of any kind of supervisor.
struct ListChildren {
  using Reply = std::vector<ChildInfo>;
};

}  // namespace kith::detail
