#pragma once

#include <string>

/// Who a process is and who has started it, for people who read a log.
namespace kith::detail {

/// While it lives, what the calling process starts linked to itself is its child with this id:
/// crash reports name it. For supervisors. Thread-safety: belongs to its process.
class StartingChild {
 public:
  /// `id` outlives this.
  explicit StartingChild(const std::string& id);
  ~StartingChild();
  StartingChild(const StartingChild&) = delete;
  StartingChild& operator=(const StartingChild&) = delete;
};

/// The calling process: "<1.7.1> (pool)".
[[nodiscard]] std::string description_of_this();
/// Those that have started it, the nearest first: "<1.7.1> (pool), <1.2.1> (application)".
[[nodiscard]] std::string ancestors_of_this();

}  // namespace kith::detail
