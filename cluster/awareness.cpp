// SPDX-License-Identifier: Apache-2.0
#include "cluster/awareness.hpp"

#include <algorithm>

namespace kith::cluster {

void Awareness::apply(int delta) {
  score_ = std::clamp(score_ + delta, 0, score_max);
}

}  // namespace kith::cluster
