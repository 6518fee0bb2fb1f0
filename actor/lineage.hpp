// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

/// Descriptions of processes and their ancestors for log lines.
namespace kith::detail {

/// Sets the child id of the linked processes that the calling process starts during the lifetime of
/// this object; crash reports name it. For supervisors. Thread-safety: belongs to its process.
class StartingChild {
 public:
  /// `id` must outlive this object.
  explicit StartingChild(const std::string& id);
  ~StartingChild();
  StartingChild(const StartingChild&) = delete;
  StartingChild& operator=(const StartingChild&) = delete;
};

/// Returns a description of the calling process: "<1.7.1> (pool)".
[[nodiscard]] std::string description_of_this();
/// Returns its ancestors, the nearest first: "<1.7.1> (pool), <1.2.1> (application)".
[[nodiscard]] std::string ancestors_of_this();

}  // namespace kith::detail
