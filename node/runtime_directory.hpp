// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "core/result.hpp"

namespace kith::node {

/// Tells other commands of the same user where a running daemon listens. Thread-safety: plain
/// value.
struct RuntimeRecord {
  std::string cluster;
  std::string name;     ///< of the node
  std::string address;  ///< "host:port"
  int process = 0;      ///< the daemon's process id

  friend bool operator==(const RuntimeRecord&, const RuntimeRecord&) = default;
};

/// Manages the folder in which the daemons of a user record their addresses for other commands.
/// Each daemon has its own file "<cluster>.<name>.<process id>.json", so daemons of equal name do
/// not overwrite each other. A folder that other users can access is refused. Thread-safety:
/// stateless; writers replace files as a whole.
class RuntimeDirectory {
 public:
  explicit RuntimeDirectory(std::string path) : path_(std::move(path)) {}

  /// Returns `$KITH_RUNTIME_DIR` (empty: no recording), else `$XDG_RUNTIME_DIR/kith`, else
  /// `/tmp/kith-<user id>`.
  [[nodiscard]] static std::string default_path();

  [[nodiscard]] const std::string& path() const { return path_; }
  /// Writes or replaces the record of this daemon; creates the folder if missing. Errors:
  /// `input_output`, `unauthorised` (another user owns the folder or can access it).
  Result<void> write(const RuntimeRecord& record) const;
  /// Removes the record of this daemon, if it exists. Errors: `input_output`.
  Result<void> remove(const RuntimeRecord& record) const;
  /// Returns the records of live daemons, newest first, and removes those of ended ones. Empty if
  /// there is no folder. Errors: `input_output`, `unauthorised`.
  [[nodiscard]] Result<std::vector<RuntimeRecord>> records() const;

 private:
  [[nodiscard]] std::string file_of(const RuntimeRecord& record) const;

  std::string path_;
};

}  // namespace kith::node
