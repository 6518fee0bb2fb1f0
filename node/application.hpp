#pragma once

#include <functional>
#include <vector>

#include "core/result.hpp"
#include "node/node.hpp"
#include "node/node_options.hpp"
#include "supervision/child_spec.hpp"
#include "supervision/supervisor.hpp"

namespace kith {

/// What a program on kith is: a node and the tree of its processes, declared in one place.
/// Thread-safety: plain value.
struct Application {
  NodeOptions node{};
  /// The children of the top supervisor, in the order of their start; called once, when the node
  /// runs, on the thread of `run_application`.
  std::function<std::vector<ChildSpec>(Node& node)> children{};
  SupervisorOptions supervisor{};
};

/// Starts the node and its tree, and runs until SIGTERM, SIGINT or SIGHUP (unless the program
/// ignores or handles it) comes or the tree ends. Then the children are stopped in reverse order,
/// each within its `shutdown`, and the node leaves. A second signal ends the program at once. Gives
/// how it ended: fine after a signal. Errors: those of `Node::start` and `Supervisor::start_link`;
/// `crashed` when the tree ended by itself, with its reason in `Error::reason`. To be called before
/// other threads start, once at a time: it waits for the signals for all of them. Source: OTP's
/// application(3).
///
///     int main() {
///       kith::Application application;
///       application.children = [](kith::Node& node) {
///         kith::StartOptions named;
///         named.register_as = node.registration("config");  // in the whole cluster
///         return std::vector{kith::child<Config>("config", named), kith::child<Web>("web")};
///       };
///       return kith::run_application(application) ? 0 : 1;
///     }
Result<void> run_application(const Application& application);

}  // namespace kith
