// SPDX-License-Identifier: Apache-2.0
#include "node/daemon.hpp"

#include <csignal>
#include <cstdio>
#include <optional>
#include <sys/resource.h>
#include <unistd.h>

#include <fmt/format.h>

#include "core/mutex.hpp"
#include "core/printable.hpp"
#include "core/random.hpp"
#include "node/listen_address.hpp"
#include "node/node.hpp"
#include "node/runtime_directory.hpp"

namespace kith {
namespace {

/// Returns the signals that the program takes with sigwait(3).
sigset_t awaited_signals() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGTERM);
  sigaddset(&set, SIGINT);
  sigaddset(&set, SIGHUP);
  return set;
}

/// Waits for SIGTERM or SIGINT. SIGHUP (a closed terminal) does not end the node.
void wait_for_end(const sigset_t& signals, Log& log) {
  for (;;) {
    int signal = 0;
    sigwait(&signals, &signal);
    if (signal != SIGHUP) return;
    log.info("daemon", "SIGHUP does nothing here; SIGTERM ends the node");
  }
}

/// Returns the address with port 0, which binds any free port.
std::string with_any_port(const std::string& address) {
  return address.substr(0, address.rfind(':')) + ":0";
}

/// Starts the node; sets a default name here so that the log can contain it.
Result<std::unique_ptr<Node>> start_named(NodeOptions options, const DaemonOptions& daemon,
                                          std::shared_ptr<Log>& log) {
  if (options.name.empty()) options.name = node::default_node_name(options.listen, entropy());
  log = make_console_log(daemon.log_level, daemon.log_format, options.name);
  options.log = log;
  return Node::start(std::move(options));
}

Result<std::unique_ptr<Node>> start_node(const DaemonOptions& options, std::shared_ptr<Log>& log) {
  auto node = start_named(options.node, options, log);
  const bool try_another =
      !node && node.error().code() == ErrorCode::input_output && !options.port_was_chosen;
  if (!try_another) return node;
  NodeOptions elsewhere = options.node;
  elsewhere.listen = with_any_port(elsewhere.listen);
  return start_named(std::move(elsewhere), options, log);
}

void announce(const Node& node) {
  const std::string reachable =
      node.address() == node.listens_at() ? "" : ", reachable at " + node.address();
  fmt::print("node {} listens on {}{} (cluster {})\n", node.name(), node.listens_at(), reachable,
             node.cluster());
  std::fflush(stdout);
}

int fail(const Error& error) {
  fmt::print(stderr, "kith: {}\n", printable(error.text()));
  switch (error.code()) {
    case ErrorCode::invalid_argument:
      return 2;
    case ErrorCode::unauthorised:
      return 5;
    case ErrorCode::conflict:
      return 7;
    default:
      return 1;
  }
}

/// Raises the soft limit of file descriptors to the hard limit. The low default protects programs
/// that use select(2); this one does not.
void raise_descriptor_limit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

/// Holds why the cluster rejected this node, if it did. Thread-safety: any thread.
class Refusal {
 public:
  void set(const Error& why) {
    const MutexLock lock(mutex_);
    why_ = why;
  }
  [[nodiscard]] std::optional<Error> get() const {
    const MutexLock lock(mutex_);
    return why_;
  }

 private:
  mutable Mutex mutex_;
  std::optional<Error> why_ KITH_GUARDED_BY(mutex_);
};

}  // namespace

int run_daemon(const DaemonOptions& options) {
  // Rejection by the cluster and an app's request to leave both arrive as a SIGTERM to this
  // process, so that one sigwait(3) covers all ways to end.
  raise_descriptor_limit();
  const sigset_t signals = awaited_signals();
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  std::shared_ptr<Log> log;
  Refusal refusal;
  DaemonOptions asked = options;
  asked.node.on_refused = [&](const Error& why) {
    refusal.set(why);
    kill(getpid(), SIGTERM);
  };
  auto started = start_node(asked, log);
  if (!started) return fail(started.error());
  Node& node = **started;
  node.on_leave_request([] { kill(getpid(), SIGTERM); });
  const node::RuntimeDirectory directory(options.runtime_directory);
  const bool recorded = !options.runtime_directory.empty();
  const node::RuntimeRecord record{node.cluster(), node.name(), node.address(), getpid()};
  if (recorded) {
    if (const auto written = directory.write(record); !written) {
      log->warning("daemon", written.error().text());
    }
  }
  announce(node);
  wait_for_end(signals, *log);
  const std::optional<Error> refused = refusal.get();
  if (!refused) log->info("daemon", "leaving; a second signal ends at once");
  // From here on a second signal ends the process while the node leaves.
  std::signal(SIGTERM, SIG_DFL);
  std::signal(SIGINT, SIG_DFL);
  std::signal(SIGHUP, SIG_IGN);
  pthread_sigmask(SIG_UNBLOCK, &signals, nullptr);
  if (recorded && !directory.remove(record)) log->warning("daemon", "the record stays behind");
  node.stop();
  return refused ? fail(*refused) : 0;
}

}  // namespace kith
