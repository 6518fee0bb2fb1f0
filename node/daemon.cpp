#include "node/daemon.hpp"

#include <csignal>
#include <cstdio>
#include <optional>
#include <unistd.h>

#include <fmt/format.h>

#include "core/mutex.hpp"
#include "node/node.hpp"
#include "node/runtime_directory.hpp"

namespace kith {
namespace {

sigset_t ending_signals() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGTERM);
  sigaddset(&set, SIGINT);
  return set;
}

/// The same address with a free port instead of the usual one.
std::string with_any_port(const std::string& address) {
  return address.substr(0, address.rfind(':')) + ":0";
}

Result<std::unique_ptr<Node>> start_node(const DaemonOptions& options, std::shared_ptr<Log> log) {
  NodeOptions node_options = options.node;
  node_options.log = std::move(log);
  auto node = Node::start(node_options);
  const bool try_another =
      !node && node.error().code() == ErrorCode::input_output && !options.port_was_chosen;
  if (!try_another) return node;
  node_options.listen = with_any_port(node_options.listen);
  return Node::start(node_options);
}

int fail(const Error& error) {
  fmt::print(stderr, "kith: {}\n", error.text());
  switch (error.code()) {
    case ErrorCode::unauthorised:
      return 5;
    case ErrorCode::conflict:
      return 7;
    default:
      return 1;
  }
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
  const sigset_t signals = ending_signals();
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  auto log = make_console_log(options.log_level, options.log_format, options.node.name);
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
  const node::RuntimeRecord record{node.name(), node.address(), getpid()};
  if (recorded) {
    if (const auto written = directory.write(record); !written) {
      log->warning("daemon", written.error().text());
    }
  }
  fmt::print("node {} listens on {} (cluster {})\n", node.name(), node.address(), node.cluster());
  std::fflush(stdout);

  int signal = 0;
  sigwait(&signals, &signal);
  const std::optional<Error> refused = refusal.get();
  if (!refused) log->info("daemon", "leaving; a second signal ends at once");
  std::signal(SIGTERM, SIG_DFL);
  std::signal(SIGINT, SIG_DFL);
  pthread_sigmask(SIG_UNBLOCK, &signals, nullptr);
  if (recorded && !directory.remove(record)) log->warning("daemon", "the record stays behind");
  node.stop();
  return refused ? fail(*refused) : 0;
}

}  // namespace kith
