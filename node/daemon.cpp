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

/// The signals that this program waits for instead of being ended by them.
sigset_t awaited_signals() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGTERM);
  sigaddset(&set, SIGINT);
  sigaddset(&set, SIGHUP);
  return set;
}

/// Waits until the node is to end. A closed terminal (SIGHUP) is no reason.
void wait_for_end(const sigset_t& signals, Log& log) {
  for (;;) {
    int signal = 0;
    sigwait(&signals, &signal);
    if (signal != SIGHUP) return;
    log.info("daemon", "SIGHUP does nothing here; SIGTERM ends the node");
  }
}

/// The same address with a free port instead of the usual one.
std::string with_any_port(const std::string& address) {
  return address.substr(0, address.rfind(':')) + ":0";
}

/// Starts the node; one without a name is given its default here, so that the log knows it.
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

/// The usual soft limit is for programs that use select(); this one does not.
void raise_descriptor_limit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

/// Why the cluster will not have this node, if that is so. Thread-safety: any thread.
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
  std::signal(SIGTERM, SIG_DFL);
  std::signal(SIGINT, SIG_DFL);
  std::signal(SIGHUP, SIG_IGN);
  pthread_sigmask(SIG_UNBLOCK, &signals, nullptr);
  if (recorded && !directory.remove(record)) log->warning("daemon", "the record stays behind");
  node.stop();
  return refused ? fail(*refused) : 0;
}

}  // namespace kith
