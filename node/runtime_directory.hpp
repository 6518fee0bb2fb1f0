#pragma once

#include <string>
#include <vector>

#include "core/result.hpp"

namespace kith::node {

/// Where a running daemon can be reached, as other commands of the same user read it.
/// Thread-safety: plain value.
struct RuntimeRecord {
  std::string cluster;
  std::string name;     ///< of the node
  std::string address;  ///< "host:port"
  int process = 0;      ///< the daemon's process id

  friend bool operator==(const RuntimeRecord&, const RuntimeRecord&) = default;
};

/// The folder in which the daemons of one user record their addresses, so that commands find them.
/// Each daemon has a file of its own, "<cluster>.<name>.<process id>.json", so that another one of
/// its name does not touch it. Only its user may enter the folder; one that others could have
/// written to is refused. Thread-safety: stateless; writers replace files as a whole.
class RuntimeDirectory {
 public:
  explicit RuntimeDirectory(std::string path) : path_(std::move(path)) {}

  /// `$KITH_RUNTIME_DIR` (also when it is empty, which means: nowhere), else
  /// `$XDG_RUNTIME_DIR/kith`, else `/tmp/kith-<user id>`.
  [[nodiscard]] static std::string default_path();

  [[nodiscard]] const std::string& path() const { return path_; }
  /// Writes or replaces the record of this daemon; makes the folder when there is none. Errors:
  /// `input_output`, `unauthorised` when the folder belongs to somebody else or is open to others.
  Result<void> write(const RuntimeRecord& record) const;
  /// Takes the record of this daemon away, if there is one. Errors: `input_output`.
  Result<void> remove(const RuntimeRecord& record) const;
  /// The records of daemons that live, newest first; those of ended ones are removed. No folder:
  /// none. Errors: `input_output`, `unauthorised`.
  [[nodiscard]] Result<std::vector<RuntimeRecord>> records() const;

 private:
  [[nodiscard]] std::string file_of(const RuntimeRecord& record) const;

  std::string path_;
};

}  // namespace kith::node
