// SPDX-License-Identifier: Apache-2.0
#include "actor/system.hpp"

#include <condition_variable>
#include <map>
#include <mutex>
#include <utility>

#include "actor/internal/runtime.hpp"
#include "actor/process.hpp"
#include "core/check.hpp"
#include "core/mutex.hpp"

namespace kith {

/// Maps names to local processes and back. The mutex is held while `add_new` spawns, so that the
/// process has its name before another thread can take it.
class System::Names {
 public:
  Result<void> add(const std::string& name, Pid pid, detail::Runtime& runtime) {
    const MutexLock lock(mutex_);
    if (const auto problem = refuse(name)) return *problem;
    if (const auto other = name_of(pid)) {
      return Error(ErrorCode::already_exists,
                   "the process " + to_string(pid) + " has the name '" + *other + "' already");
    }
    if (!runtime.mark_named(pid)) {
      return Error(ErrorCode::no_process, "the process " + to_string(pid) + " does not exist");
    }
    add_entry(name, pid);
    return {};
  }

  Result<Pid> add_new(const std::string& name, const std::function<Pid()>& spawn) {
    const MutexLock lock(mutex_);
    if (const auto problem = refuse(name)) return *problem;
    const Pid pid = spawn();
    add_entry(name, pid);
    return pid;
  }

  Result<void> remove(const std::string& name) {
    const MutexLock lock(mutex_);
    const auto it = names_.find(name);
    if (it == names_.end()) {
      return Error(ErrorCode::not_found, "no process has the name '" + name + "'");
    }
    holders_.erase(it->second);
    names_.erase(it);
    return {};
  }

  void forget(Pid pid) {
    const MutexLock lock(mutex_);
    const auto it = holders_.find(pid);
    if (it == holders_.end()) return;
    names_.erase(it->second);
    holders_.erase(it);
  }

  std::optional<std::string> find_name(Pid pid) {
    const MutexLock lock(mutex_);
    return name_of(pid);
  }

  std::optional<Pid> find(const std::string& name) {
    const MutexLock lock(mutex_);
    const auto it = names_.find(name);
    if (it == names_.end()) return std::nullopt;
    return it->second;
  }

 private:
  std::optional<std::string> name_of(Pid pid) KITH_REQUIRES(mutex_) {
    const auto it = holders_.find(pid);
    if (it == holders_.end()) return std::nullopt;
    return it->second;
  }

  void add_entry(const std::string& name, Pid pid) KITH_REQUIRES(mutex_) {
    names_.emplace(name, pid);
    holders_.emplace(pid, name);
  }

  std::optional<Error> refuse(const std::string& name) KITH_REQUIRES(mutex_) {
    if (name.empty() || name.size() > limits::name_size_bytes_max) {
      return Error(ErrorCode::invalid_argument, "a name has 1 to 255 bytes");
    }
    if (names_.contains(name)) {
      return Error(ErrorCode::already_exists,
                   "the name '" + name + "' is taken by " + to_string(names_.at(name)));
    }
    return std::nullopt;
  }

  Mutex mutex_;
  std::map<std::string, Pid> names_ KITH_GUARDED_BY(mutex_);
  std::map<Pid, std::string> holders_ KITH_GUARDED_BY(mutex_);
};

namespace {

SystemOptions with_clock(SystemOptions options, SystemClock* own) {
  if (options.clock == nullptr) options.clock = own;
  return options;
}

/// The request to the root to end its children.
struct StopChildren {
  using Reply = void;
};

/// Ends a child in an orderly way: "shutdown", then "kill".
void stop_child(Pid child) {
  const Reference watch = monitor(child);
  exit(child, "shutdown");
  if (detail::receive_down(watch, std::chrono::seconds(5))) return;
  exit(child, "kill");
  detail::receive_down(watch, infinite);
}

/// State shared by a waiting thread and the process that runs its function.
struct Completion {
  std::mutex mutex;
  std::condition_variable condition;
  bool done = false;
  bool finished = false;
  std::exception_ptr thrown;

  void complete() {
    {
      const std::scoped_lock lock(mutex);
      done = true;
    }
    condition.notify_all();
  }
};

/// Runs a function for a waiting thread. Its destructor wakes the thread, so that this happens
/// however the process ends.
class WaitedBody final : public detail::ProcessBody {
 public:
  WaitedBody(std::function<void()> f, std::shared_ptr<Completion> completion)
      : f_(std::move(f)), completion_(std::move(completion)) {}
  ~WaitedBody() override { completion_->complete(); }
  void start() override {
    try {
      f_();
      completion_->finished = true;
    } catch (const std::exception&) {  // rethrown in the waiting thread
      completion_->thrown = std::current_exception();
    }
  }
  void handle(detail::MessagePointer) override {}
  [[nodiscard]] bool runs_once() const override { return true; }

 private:
  std::function<void()> f_;
  std::shared_ptr<Completion> completion_;
};

}  // namespace

System::System(SystemOptions options)
    : own_clock_(options.clock == nullptr ? std::make_unique<SystemClock>() : nullptr),
      step_(options.step),
      names_(std::make_unique<Names>()) {
  runtime_ = std::make_unique<detail::Runtime>(with_clock(std::move(options), own_clock_.get()));
  runtime_->system = this;
  runtime_->forget_names = [this](Pid pid) { names_->forget(pid); };
  start_root();
}

System::~System() {
  stop();
}

void System::start_root() {
  root_ = spawn(*this,
                [this] {
                  trap_exits(true);
                  std::vector<Pid> children;
                  for (;;) {
                    const auto message = receive<Exit, StopChildren>();
                    if (message && std::holds_alternative<StopChildren>(*message)) break;
                    // A process that failed by itself has logged a crash report.
                    if (!message || std::get<Exit>(*message).reason != Value("killed")) continue;
                    runtime_->log->warning("process", "a process was killed",
                                           {{"pid", to_string(std::get<Exit>(*message).from)}});
                  }
                  const std::vector<Pid> linked = detail::current_process()->links();
                  for (auto child = linked.rbegin(); child != linked.rend(); ++child)
                    stop_child(*child);
                },
                {.label = "root"});
}

void System::stop() {
  if (std::exchange(stopped_, true)) return;
  run_body([this] {
    const Reference watch = monitor(root_);
    static_cast<void>(send(root_, StopChildren{}));
    detail::receive_down(watch, infinite);
  }).value();
  runtime_->stop();
}

Result<void> System::run_body(std::function<void()> body) {
  if (current_system() == this) {
    body();
    return {};
  }
  auto completion = std::make_shared<Completion>();
  const auto stopped = [] { return Error(ErrorCode::unavailable, "the system has been stopped"); };
  if (!runtime_->begin_entry()) return stopped();
  KITH_CHECK(detail::spawn_body(*this, std::make_unique<WaitedBody>(std::move(body), completion),
                                {}, detail::Bond::none)
                 .has_value());
  runtime_->end_entry();
  if (runtime_->manual()) {
    // This thread runs the system: ready processes first, then due timers, and only if there are
    // none does time move, so that the order of events is the same in each run.
    while (!completion->done) {
      if (runtime_->run_one()) continue;
      runtime_->fire_timers();
      if (runtime_->run_one()) continue;
      if (step_ && step_()) continue;
      const auto next = next_deadline();
      auto* manual = dynamic_cast<ManualClock*>(&runtime_->clock);
      KITH_CHECK(!step_ && next && manual &&
                 "a thread waits for a system in which nothing happens");
      manual->advance(std::max(*next - manual->now(), Duration::zero()));
    }
    if (!stopped_) run_until_idle();
  } else {
    std::unique_lock lock(completion->mutex);
    completion->condition.wait(lock, [&] { return completion->done; });
  }
  if (completion->thrown) std::rethrow_exception(completion->thrown);
  if (completion->finished) return {};
  // The process was killed: by `stop`, or by another process.
  if (!runtime_->begin_entry()) return stopped();
  runtime_->end_entry();
  return Error(ErrorCode::crashed, "the process that worked for this thread was ended");
}

BootId System::boot() const {
  return runtime_->options.boot;
}
Clock& System::clock() {
  return runtime_->clock;
}
Log& System::log() const {
  return *runtime_->log;
}
bool System::is_alive(Pid pid) const {
  return runtime_->is_alive(pid);
}
std::vector<Pid> System::processes() const {
  return runtime_->processes();
}
std::optional<std::size_t> System::message_queue_length(Pid pid) const {
  return runtime_->waiting(pid);
}

Result<void> System::register_name(const std::string& name, Pid pid) {
  return names_->add(name, pid, *runtime_);
}
Result<void> System::unregister_name(const std::string& name) {
  return names_->remove(name);
}
std::optional<Pid> System::whereis(const std::string& name) const {
  return names_->find(name);
}

std::optional<std::string> System::name_of(Pid pid) const {
  return names_->find_name(pid);
}

Result<Pid> System::spawn_named(const std::string& name, const std::function<Pid(bool)>& spawn) {
  if (name.empty()) return spawn(false);
  return names_->add_new(name, [&] { return spawn(true); });
}

void System::set_service(std::uint32_t number, Pid pid) {
  runtime_->set_service(number, pid);
}

Pid service_pid(BootId node, std::uint32_t number) {
  return Pid{node, static_cast<std::uint32_t>(limits::processes_max) + number, 1};
}

void System::set_remote_sender(RemoteSender* sender) {
  runtime_->remote_sender.store(sender, std::memory_order_release);
}
void System::deliver(RemoteSignal signal) {
  runtime_->deliver(std::move(signal));
}

bool System::run_one() {
  return runtime_->run_one();
}
void System::fire_timers() {
  runtime_->fire_timers();
}
std::optional<TimePoint> System::next_deadline() const {
  return runtime_->next_deadline();
}

std::size_t System::run_until_idle() {
  std::size_t turns = 0;
  runtime_->fire_timers();
  while (runtime_->run_one()) ++turns;
  return turns;
}

void System::advance(Duration by) {
  auto* manual = dynamic_cast<ManualClock*>(&runtime_->clock);
  KITH_CHECK(manual != nullptr && "only a ManualClock can be moved");
  const TimePoint until = deadline_after(manual->now(), by);
  for (;;) {
    run_until_idle();
    const auto next = next_deadline();
    if (!next || *next > until) break;
    manual->advance(std::max(*next - manual->now(), Duration::zero()));
  }
  manual->advance(until - manual->now());
  run_until_idle();
}

}  // namespace kith
