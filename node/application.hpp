// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <vector>

#include "core/result.hpp"
#include "node/node.hpp"
#include "node/node_options.hpp"
#include "supervision/child_spec.hpp"
#include "supervision/supervisor.hpp"

namespace kith {

/// Declares a program: a node and its supervision tree. Thread-safety: plain value.
struct Application {
  NodeOptions node{};
  /// Returns the children of the top supervisor in start order. Called once on the thread of
  /// `run_application`, after the node has started.
  std::function<std::vector<ChildSpec>(Node& node)> children{};
  SupervisorOptions supervisor{};
};

/// Starts the node and its supervision tree, and runs until a signal arrives or the tree ends.
///
///     struct Greeter : GenServer<Greeter, Protocol<std::string>> {
///       void handle_cast(const std::string& name) { std::puts(("hello " + name).c_str()); }
///     };
///     Application application;
///     application.children = [](Node& node) {
///       StartOptions named{.register_as = node.registration("greeter")};  // cluster-wide
///       return std::vector{child<Greeter>("greeter", named)};
///     };
///     const int exit_code = run_application(application) ? 0 : 1;
///
/// SIGTERM, SIGINT and SIGHUP (unless the program ignores or handles it) stop the children in
/// reverse order, each within its `shutdown`; then the node leaves the cluster. A second signal
/// ends the program at once. Returns success after a signal. Errors: those of `Node::start` and
/// `Supervisor::start_link`; `crashed` if the tree ended by itself, with its reason in
/// `Error::reason`. Call it before other threads start and only once at a time, because it blocks
/// the signals for all threads. Source: OTP's application(3).
Result<void> run_application(const Application& application);

}  // namespace kith
