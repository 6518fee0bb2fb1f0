// SPDX-License-Identifier: Apache-2.0
#include "node/application.hpp"

#include <csignal>
#include <memory>
#include <optional>
#include <unistd.h>

#include "actor/gen_server.hpp"
#include "core/mutex.hpp"

namespace kith {
namespace {

/// Blocks SIGTERM, SIGINT and SIGHUP for this thread and all threads started during its lifetime,
/// so that `wait` can take them with sigwait(3). SIGHUP is left alone if the program ignores it
/// (nohup) or handles it.
class EndingSignals {
 public:
  EndingSignals() {
    sigemptyset(&ending_);
    sigaddset(&ending_, SIGTERM);
    sigaddset(&ending_, SIGINT);
    struct sigaction hangup{};
    sigaction(SIGHUP, nullptr, &hangup);
    if (hangup.sa_handler == SIG_DFL) sigaddset(&ending_, SIGHUP);
    pthread_sigmask(SIG_BLOCK, &ending_, &before_);
  }
  ~EndingSignals() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  EndingSignals(const EndingSignals&) = delete;
  EndingSignals& operator=(const EndingSignals&) = delete;

  void wait() const {
    int signal = 0;
    sigwait(&ending_, &signal);
  }
  /// Discards pending signals after the one that `wait` took.
  void drain() const {
    const timespec at_once{};
    while (sigtimedwait(&ending_, nullptr, &at_once) > 0) {
    }
  }
  /// Restores the signal mask: from here on a signal ends the program, unless it was ignored or
  /// blocked before.
  void give_back() const { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

 private:
  sigset_t ending_{};
  sigset_t before_{};
};

/// Records whether a signal or the end of the tree came first. Shared with the process that is the
/// tree's parent.
class Ending {
 public:
  /// Records that the tree ended and wakes the waiting thread with a SIGTERM, unless the tree is
  /// being stopped.
  void tree_ended(ExitReason reason) {
    const MutexLock lock(mutex_);
    if (stopping_) return;
    reason_ = std::move(reason);
    kill(getpid(), SIGTERM);
  }
  /// Declares that the tree is being stopped. Returns its exit reason if it has ended before.
  [[nodiscard]] std::optional<ExitReason> stop() {
    const MutexLock lock(mutex_);
    stopping_ = true;
    return reason_;
  }

 private:
  Mutex mutex_;
  bool stopping_ KITH_GUARDED_BY(mutex_) = false;
  std::optional<ExitReason> reason_ KITH_GUARDED_BY(mutex_);
};

struct WhichTree {
  using Reply = Pid;
};

/// Starts the tree as its parent, and so receives its exit signal at any time.
class ApplicationMaster : public GenServer<ApplicationMaster, Protocol<WhichTree>> {
 public:
  ApplicationMaster(std::vector<ChildSpec> children, SupervisorOptions options,
                    std::shared_ptr<Ending> ending)
      : children_(std::move(children)), options_(std::move(options)), ending_(std::move(ending)) {}

  Result<void> init() {
    trap_exits(true);
    const auto tree = Supervisor::start_link(std::move(children_), options_);
    if (!tree) return tree.error();
    tree_ = tree->pid();
    return {};
  }
  Pid handle_call(const WhichTree&) const { return tree_; }
  void handle_info(const Exit& signal) {
    if (signal.from == tree_) ending_->tree_ended(signal.reason);
  }

 private:
  std::vector<ChildSpec> children_;
  SupervisorOptions options_;
  std::shared_ptr<Ending> ending_;
  Pid tree_;
};

}  // namespace

Result<void> run_application(const Application& application) {
  if (auto fine = Supervisor::check({}, application.supervisor); !fine) return fine;
  const EndingSignals signals;
  auto node = Node::start(application.node);
  if (!node) return node.error();
  auto children = application.children ? application.children(**node) : std::vector<ChildSpec>{};
  const auto ending = std::make_shared<Ending>();
  StartOptions start;
  start.label = "application";
  start.timeout = infinite;
  const auto master = ApplicationMaster::start_link(**node, start, std::move(children),
                                                    application.supervisor, ending);
  if (!master) return master.error();
  signals.wait();
  if (const auto reason = ending->stop()) {
    signals.drain();  // the SIGTERM of `tree_ended`, if another signal arrived first
    return Error(ErrorCode::crashed, "the application's tree has ended: " + to_json(*reason))
        .with_reason(*reason);
  }
  signals.give_back();
  // The tree first: its children have their own `shutdown`, while the node stops within 5 s.
  if (const auto tree = call(*master, WhichTree{}, infinite)) {
    static_cast<void>(stop_server(ServerAddress(&(*node)->system(), *tree), "shutdown", infinite));
  }
  (*node)->stop();
  return {};
}

}  // namespace kith
