#pragma once

#include <vector>

#include "supervision/child_spec.hpp"

namespace kith::detail {

/// What supervisors of all kinds are asked for; answered with their children.
struct ListChildren {
  using Reply = std::vector<ChildInfo>;
};

}  // namespace kith::detail
