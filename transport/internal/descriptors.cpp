// SPDX-License-Identifier: Apache-2.0
#include "transport/internal/descriptors.hpp"

#include <fcntl.h>
#include <limits>
#include <string>
#include <sys/resource.h>
#include <unistd.h>

namespace kith::transport::internal {

bool SpareDescriptors::take(std::size_t wanted) {
  while (descriptors_.size() < wanted) {
    const int descriptor = open("/dev/null", O_RDONLY | O_CLOEXEC);
    if (descriptor < 0) return false;
    descriptors_.push_back(descriptor);
  }
  return true;
}

void SpareDescriptors::release() {
  for (const int descriptor : descriptors_) close(descriptor);
  descriptors_.clear();
}

std::size_t descriptors_max() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) {
    return std::numeric_limits<std::size_t>::max();
  }
  return limit.rlim_cur;
}

Error no_descriptor_left() {
  return {ErrorCode::input_output,
          "all " + std::to_string(descriptors_max()) +
              " file descriptors that this process may have are in use; raise the limit with "
              "`ulimit -n` (LimitNOFILE of systemd), or find out who holds connections open"};
}

}  // namespace kith::transport::internal
