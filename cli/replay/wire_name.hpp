#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace kith::replay {

/// The name under which a key or breaker of a log is counted: itself, unless it has `size_max`
/// bytes or more; then its beginning and `number`, which is its own among all names of the replay.
/// Different names with different numbers stay different. Pure.
[[nodiscard]] std::string wire_name(const std::string& name, std::uint64_t number,
                                    std::size_t size_max);

}  // namespace kith::replay
