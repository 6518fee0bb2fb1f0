#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <sys/types.h>
#include <vector>

#include "core/result.hpp"

namespace kith::cli {

/// A node in a process of its own, started for one command and ended with it (also when the command
/// is killed). Thread-safety: none; one owner.
class ChildNode {
 public:
  /// How it is started.
  struct Options {
    std::string name;
    std::string cluster;
    std::vector<std::string> seeds;
    std::string listen = "127.0.0.1:0";
  };

  /// Starts this very program with `start` and waits until it listens. Errors: `input_output`,
  /// `timeout`, and what the node printed when it ended at once.
  static Result<ChildNode> start(const Options& options);
  ChildNode(ChildNode&& other) noexcept;
  ChildNode& operator=(ChildNode&& other) noexcept;
  /// Ends it: SIGTERM, after 3 s SIGKILL.
  ~ChildNode();

  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] const std::string& address() const { return address_; }
  [[nodiscard]] pid_t process() const { return process_; }
  /// Ends it with SIGKILL and waits for its end.
  void kill_now();
  /// Asks it to leave and end, without waiting.
  void ask_to_end();

 private:
  ChildNode() = default;
  Result<void> read_address(int output);
  bool wait_for_end(std::chrono::milliseconds patience);

  std::string name_;
  std::string address_;
  pid_t process_ = -1;
};

/// A cluster of child nodes that know each other.
class ChildCluster {
 public:
  /// Starts so many nodes, called "<prefix>1" and so on, and waits until each has all as members.
  static Result<ChildCluster> start(std::size_t nodes, const std::string& prefix,
                                    const std::string& cluster);
  ChildCluster(ChildCluster&&) noexcept = default;
  ChildCluster& operator=(ChildCluster&&) noexcept = default;
  /// Ends all of them at the same time.
  ~ChildCluster();

  [[nodiscard]] std::vector<std::string> addresses() const;
  [[nodiscard]] ChildNode& node(std::size_t index) { return nodes_.at(index); }
  /// Starts a node that was killed again, at its old address.
  Result<void> restart(std::size_t index);

 private:
  ChildCluster() = default;

  std::string cluster_;
  std::vector<ChildNode> nodes_;
};

/// Lets time pass.
void pause_for(std::chrono::milliseconds duration);

}  // namespace kith::cli
