#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "core/clock.hpp"

namespace kith::replay {

/// What a replay needs of a line. Texts are the bytes of the log, in any encoding.
/// Thread-safety: plain value.
struct LogLine {
  Duration at{};  ///< since 1970, UTC
  std::string ip{};
  std::string user{};
  std::string path{};        ///< second word of the request as it stands; empty when there is none
  std::uint16_t status = 0;  ///< 0 when the line has none

  friend bool operator==(const LogLine&, const LogLine&) = default;
};

/// The fields that a line must have besides its time; others count as empty when they are missing.
/// Thread-safety: plain value.
struct RequiredFields {
  bool ip = true;
  bool user = false;
  bool path = false;
  bool status = true;
};

/// The name of the breaker for a path: its first segment with a slash before it, after scheme,
/// host, query and fragment are dropped; "/" when there is none or it is empty ("//x"). Pure.
[[nodiscard]] std::string breaker_name(std::string_view path);

}  // namespace kith::replay
