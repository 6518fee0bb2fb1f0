// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <sys/types.h>
#include <vector>

#include "core/result.hpp"

namespace kith::cli {

/// Runs a node in a child process that ends with this command, even if the command is killed.
/// Thread-safety: none; one owner.
class ChildNode {
 public:
  /// The start options; by default it listens on a free port of loopback.
  struct Options {
    std::string name;
    std::string cluster;
    std::vector<std::string> seeds;
    std::string listen = "127.0.0.1:0";
  };

  /// Executes this program with `start` and waits up to 15 s until it listens. Errors:
  /// `input_output` (with the output if it is not an address), `timeout`.
  static Result<ChildNode> start(const Options& options);
  ChildNode(ChildNode&& other) noexcept;
  ChildNode& operator=(ChildNode&& other) noexcept;
  /// Sends SIGTERM, and SIGKILL after 3 s.
  ~ChildNode();

  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] const std::string& address() const { return address_; }
  [[nodiscard]] pid_t process() const { return process_; }
  /// Sends SIGKILL and reaps the process.
  void kill_now();
  /// Sends SIGTERM without waiting; the node leaves its cluster and exits.
  void ask_to_end();

 private:
  ChildNode() = default;
  Result<void> read_address(int output);
  bool wait_for_end(std::chrono::milliseconds timeout);

  std::string name_;
  std::string address_;
  pid_t process_ = -1;
};

/// Runs a cluster of child nodes.
class ChildCluster {
 public:
  /// Starts N nodes named "<prefix>1" and so on, and waits until all are members of each other.
  static Result<ChildCluster> start(std::size_t nodes, const std::string& prefix,
                                    const std::string& cluster);
  ChildCluster(ChildCluster&&) noexcept = default;
  ChildCluster& operator=(ChildCluster&&) noexcept = default;
  /// Ends all nodes in parallel: sends SIGTERM to all before waiting for the first.
  ~ChildCluster();

  [[nodiscard]] std::vector<std::string> addresses() const;
  [[nodiscard]] ChildNode& node(std::size_t index) { return nodes_.at(index); }
  /// Restarts a killed node at its old address.
  Result<void> restart(std::size_t index);

 private:
  ChildCluster() = default;

  std::string cluster_;
  std::vector<ChildNode> nodes_;
};

/// Blocks the thread for `duration`.
void pause_for(std::chrono::milliseconds duration);

}  // namespace kith::cli
