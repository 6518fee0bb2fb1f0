// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "core/clock.hpp"

namespace kith::replay {

/// The fields of a line that a replay uses. Strings are the bytes of the log, in any encoding.
/// Thread-safety: plain value.
struct LogLine {
  Duration at{};  ///< since 1970, UTC
  std::string ip{};
  std::string user{};
  std::string path{};        ///< second word of the request, unchanged; empty if there is none
  std::uint16_t status = 0;  ///< 0 if the line has none

  friend bool operator==(const LogLine&, const LogLine&) = default;
};

/// The fields that a line must have in addition to its time; other missing fields count as empty.
/// Thread-safety: plain value.
struct RequiredFields {
  bool ip = true;
  bool user = false;
  bool path = false;
  bool status = true;
};

/// Returns the name of the breaker for a path: a slash and the first segment, after dropping
/// scheme, host, query and fragment; "/" if that segment is missing or empty ("//x"). Pure.
[[nodiscard]] std::string breaker_name(std::string_view path);

}  // namespace kith::replay
