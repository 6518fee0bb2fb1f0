// SPDX-License-Identifier: Apache-2.0
#include "cli/child_node.hpp"

#include <algorithm>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include <utility>

#include <fmt/format.h>

#include "cli/node_client.hpp"
#include "core/clock.hpp"

namespace kith::cli {
namespace {

constexpr std::chrono::seconds start_timeout{15};
constexpr std::chrono::seconds join_timeout{30};

Error system_error(const std::string& what) {
  return Error(ErrorCode::input_output, what + ": " + std::strerror(errno));
}

/// Executes the node in the child process.
[[noreturn]] void become_node(const ChildNode::Options& options, int output) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);  // no node outlives the command
  dup2(output, STDOUT_FILENO);
  setpgid(0, 0);  // Ctrl-C reaches only the command, which ends its nodes itself
  setenv("KITH_RUNTIME_DIR", "", 1);  // not found by other commands
  std::vector<std::string> arguments = {"kith",      "start",         "--name",      options.name,
                                        "--cluster", options.cluster, "--listen",    options.listen,
                                        "--profile", "local",         "--log-level", "off"};
  for (const std::string& seed : options.seeds) {
    arguments.emplace_back("--seed");
    arguments.push_back(seed);
  }
  std::vector<char*> pointers;
  for (std::string& argument : arguments) pointers.push_back(argument.data());
  pointers.push_back(nullptr);
  execv("/proc/self/exe", pointers.data());
  _exit(127);
}

}  // namespace

void pause_for(std::chrono::milliseconds duration) {
  poll(nullptr, 0, static_cast<int>(duration.count()));
}

Result<ChildNode> ChildNode::start(const Options& options) {
  int pipe_ends[2] = {-1, -1};
  if (pipe2(pipe_ends, O_CLOEXEC) != 0) return system_error("cannot create a pipe to a node");
  const pid_t process = fork();
  if (process == 0) become_node(options, pipe_ends[1]);
  close(pipe_ends[1]);  // so that reading ends when the node exits
  if (process < 0) {
    close(pipe_ends[0]);
    return system_error("cannot start a node");
  }
  ChildNode node;
  node.name_ = options.name;
  node.process_ = process;
  const Result<void> listening = node.read_address(pipe_ends[0]);
  close(pipe_ends[0]);
  if (!listening) return listening.error();
  return node;
}

/// Parses the first line, "node NAME listens on ADDRESS (cluster NAME)".
Result<void> ChildNode::read_address(int output) {
  std::string text;
  const auto until = SystemClock().now() + start_timeout;
  while (text.find('\n') == std::string::npos) {
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(until - SystemClock().now());
    pollfd waiting{output, POLLIN, 0};
    if (left.count() <= 0 || poll(&waiting, 1, static_cast<int>(left.count())) == 0) {
      return Error(ErrorCode::timeout, "the node " + name_ + " did not start to listen in time");
    }
    char part[512];
    const ssize_t size = read(output, part, sizeof part);
    if (size <= 0) {
      return Error(ErrorCode::input_output, "the node " + name_ + " exited before it listened");
    }
    text.append(part, static_cast<std::size_t>(size));
  }
  const std::string mark = " listens on ";
  const std::size_t begin = text.find(mark);
  const std::size_t end = text.find(" (cluster");
  if (begin == std::string::npos || end == std::string::npos) {
    return Error(ErrorCode::input_output, "the node " + name_ + " printed: " + text);
  }
  address_ = text.substr(begin + mark.size(), end - begin - mark.size());
  return {};
}

ChildNode::ChildNode(ChildNode&& other) noexcept
    : name_(std::move(other.name_)),
      address_(std::move(other.address_)),
      process_(std::exchange(other.process_, -1)) {}

ChildNode& ChildNode::operator=(ChildNode&& other) noexcept {
  std::swap(name_, other.name_);
  std::swap(address_, other.address_);
  std::swap(process_, other.process_);
  return *this;
}

ChildNode::~ChildNode() {
  if (process_ < 0) return;
  ask_to_end();
  if (!wait_for_end(std::chrono::seconds(3))) kill_now();
}

void ChildNode::ask_to_end() {
  if (process_ > 0) kill(process_, SIGTERM);
}

void ChildNode::kill_now() {
  if (process_ < 0) return;
  kill(process_, SIGKILL);
  waitpid(process_, nullptr, 0);
  process_ = -1;
}

bool ChildNode::wait_for_end(std::chrono::milliseconds timeout) {
  // waitpid has no timeout, but a pidfd can be polled with one.
  const int handle = static_cast<int>(syscall(SYS_pidfd_open, process_, 0));
  pollfd waiting{handle, POLLIN, 0};
  const bool ended = handle >= 0 && poll(&waiting, 1, static_cast<int>(timeout.count())) == 1;
  if (handle >= 0) close(handle);
  if (!ended) return false;
  waitpid(process_, nullptr, 0);
  process_ = -1;
  return true;
}

Result<ChildCluster> ChildCluster::start(std::size_t nodes, const std::string& prefix,
                                         const std::string& cluster) {
  ChildCluster result;
  result.cluster_ = cluster;
  for (std::size_t i = 0; i < nodes; ++i) {
    auto node = ChildNode::start({.name = fmt::format("{}{}", prefix, i + 1),
                                  .cluster = cluster,
                                  .seeds = result.addresses()});
    if (!node) return node.error();
    result.nodes_.push_back(std::move(*node));
  }
  for (const ChildNode& node : result.nodes_) {
    const Result<void> joined = wait_for_members(node.address(), nodes, join_timeout);
    if (!joined) return joined.error();
  }
  return result;
}

ChildCluster::~ChildCluster() {
  for (ChildNode& node : nodes_) node.ask_to_end();
}

std::vector<std::string> ChildCluster::addresses() const {
  std::vector<std::string> all;
  for (const ChildNode& node : nodes_) all.push_back(node.address());
  return all;
}

Result<void> ChildCluster::restart(std::size_t index) {
  ChildNode& old = nodes_.at(index);
  std::vector<std::string> seeds = addresses();
  std::erase(seeds, old.address());
  auto node = ChildNode::start(
      {.name = old.name(), .cluster = cluster_, .seeds = seeds, .listen = old.address()});
  if (!node) return node.error();
  old = std::move(*node);
  return {};
}

}  // namespace kith::cli
