// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace kith::replay {

/// Returns the name under which a key or breaker of a log is counted: the name itself if it is
/// shorter than `size_max` bytes, else its start and `number`, which must be unique among the names
/// of the replay. Different names with different numbers stay different. Pure.
[[nodiscard]] std::string wire_name(const std::string& name, std::uint64_t number,
                                    std::size_t size_max);

}  // namespace kith::replay
