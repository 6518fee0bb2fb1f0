#include "supervision/worker_chooser.hpp"

#include <algorithm>
#include <functional>

#include "actor/gen_server.hpp"
#include "core/hash.hpp"
#include "core/limits.hpp"
#include "supervision/supervisor.hpp"

namespace kith::detail {
namespace {

/// To a waiter: a worker is reserved for it.
struct Granted {
  Reference reference;
};

Error pool_ended() {
  return {ErrorCode::no_process, "no worker of the pool lives; start the pool"};
}

}  // namespace

WorkerChooser::WorkerChooser(System& system, WorkerPoolOptions options)
    : system_(system), options_(std::move(options)), random_(stable_hash(options_.name)) {
  workers_.resize(std::max(options_.size, options_.max_size));
  for (std::size_t i = options_.size; i < workers_.size(); ++i) workers_[i].place = Place::absent;
}

std::string WorkerChooser::worker_name(std::size_t index) const {
  return options_.name + "/" + std::to_string(index);
}

// --- choice -----------------------------------------------------------------------------

/// How much a worker has to do; nothing when it cannot take this message.
std::optional<std::size_t> WorkerChooser::load(std::size_t index, bool request,
                                               bool& any_lives) const {
  const Worker& worker = workers_[index];
  if (worker.place != Place::running || !worker.pid) return std::nullopt;
  const auto messages = system_.message_queue_length(worker.pid);
  if (!messages) return std::nullopt;
  any_lives = true;
  if (request && options_.max_in_flight > 0 && worker.in_flight >= options_.max_in_flight) {
    return std::nullopt;
  }
  const auto bound = options_.mailbox_bound > 0 ? static_cast<std::size_t>(options_.mailbox_bound)
                                                : limits::mailbox_messages_max;
  if (*messages >= bound) return std::nullopt;
  return *messages + worker.in_flight;
}

std::optional<std::size_t> WorkerChooser::best(bool request, bool& any_lives) {
  const std::size_t count = workers_.size();
  std::optional<std::size_t> found;
  if (options_.choice == WorkerChoice::random_two) {
    const std::size_t first = random_.below(count);
    const std::size_t second =
        (first + 1 + random_.below(std::max<std::size_t>(count - 1, 1))) % count;
    const auto first_load = load(first, request, any_lives);
    const auto second_load = load(second, request, any_lives);
    if (first_load && (!second_load || *first_load <= *second_load)) return first;
    if (second_load) return second;
  }
  std::size_t least = 0;
  for (std::size_t k = 0; k < count; ++k) {
    const std::size_t index = next_ + k < count ? next_ + k : next_ + k - count;
    const auto now = load(index, request, any_lives);
    if (!now || (found && *now >= least)) continue;
    found = index;
    least = *now;
    if (least == 0 || options_.choice == WorkerChoice::round_robin) break;
  }
  if (found) next_ = (*found + 1) % count;
  return found;
}

Result<Pid> WorkerChooser::choose() {
  const MutexLock lock(mutex_);
  bool any_lives = false;
  if (const auto index = best(false, any_lives)) return workers_[*index].pid;
  if (!any_lives) return pool_ended();
  return Error(ErrorCode::overloaded, "all workers have full mailboxes; try later");
}

// --- waiting ----------------------------------------------------------------------------

/// A place in the queue, which is left also by unwinding; then a worker that has been reserved
/// meanwhile goes to the next.
class WorkerChooser::Waiting {
 public:
  explicit Waiting(WorkerChooser& chooser) : chooser_(chooser) {}
  ~Waiting() {
    const MutexLock lock(chooser_.mutex_);
    if (!queued_) return;
    if (!waiter_.granted) {
      chooser_.waiters_.erase(waiter_.position);
    } else {
      --chooser_.workers_[*waiter_.granted].in_flight;
      chooser_.hand_out();
    }
  }
  Waiting(const Waiting&) = delete;
  Waiting& operator=(const Waiting&) = delete;

  void enqueue() KITH_REQUIRES(chooser_.mutex_) {
    waiter_.pid = self();
    waiter_.reference = new_reference();
    waiter_.position = chooser_.waiters_.insert(chooser_.waiters_.end(), &waiter_);
    queued_ = true;
  }
  /// Until a worker is reserved; its lease.
  Result<Lease> wait(Duration timeout) {
    const auto pool = chooser_.system_.whereis(chooser_.options_.name);
    if (!pool) return pool_ended();
    const Reference watch = monitor(*pool);
    const auto is_mine = [this](const Granted& each) {
      return each.reference == waiter_.reference;
    };
    const auto news = receive_accepted(
        [&](MessageSignal& message) {
          if (message.type() == typeid(Granted)) {
            return is_mine(*static_cast<Granted*>(message.content()));
          }
          return message.type() == typeid(Down) &&
                 static_cast<Down*>(message.content())->reference == watch;
        },
        timeout);
    demonitor(watch);
    const MutexLock lock(chooser_.mutex_);
    if (waiter_.granted) {
      // In time by a hair: the message is there, for it was sent before the lock was given back.
      if (!news || news->type() != typeid(Granted)) {
        static_cast<void>(receive_where<Granted>(is_mine, Duration::zero()));
      }
      queued_ = false;
      return Lease(chooser_, *waiter_.granted, chooser_.workers_[*waiter_.granted].pid);
    }
    if (news) return pool_ended();
    return Error(ErrorCode::timeout, "no worker was free in time; make the pool larger");
  }

 private:
  WorkerChooser& chooser_;
  Waiter waiter_;
  bool queued_ = false;
};

Result<WorkerChooser::Lease> WorkerChooser::check_out(Duration timeout) {
  Waiting waiting(*this);
  {
    const MutexLock lock(mutex_);
    bool any_lives = false;
    if (waiters_.empty()) {
      if (const auto index = best(true, any_lives)) {
        ++workers_[*index].in_flight;
        return Lease(*this, *index, workers_[*index].pid);
      }
      if (options_.max_in_flight == 0) {
        if (!any_lives) return pool_ended();
        return Error(ErrorCode::overloaded, "all workers have full mailboxes; try later");
      }
    }
    grow();
    if (options_.overflow == PoolOverflow::reject || waiters_.size() >= options_.max_waiting) {
      return Error(ErrorCode::overloaded, "all workers are busy; try later");
    }
    waiting.enqueue();
  }
  wake_manager();
  return waiting.wait(timeout);
}

void WorkerChooser::release(std::size_t index) {
  {
    const MutexLock lock(mutex_);
    --workers_[index].in_flight;
    hand_out();
    shrink(index);
  }
  wake_manager();
}

/// Gives what is free to those who wait longest.
void WorkerChooser::hand_out() {
  bool any_lives = false;
  while (!waiters_.empty()) {
    const auto index = best(true, any_lives);
    if (!index) return;
    Waiter& waiter = *waiters_.front();
    waiters_.pop_front();
    waiter.granted = *index;
    ++workers_[*index].in_flight;
    static_cast<void>(send(system_, waiter.pid, Granted{waiter.reference}));
  }
}

// --- workers come and go -----------------------------------------------------------------

void WorkerChooser::worker_up(std::size_t index, Pid pid) {
  {
    const MutexLock lock(mutex_);
    workers_[index].pid = pid;
    if (workers_[index].place == Place::starting) workers_[index].place = Place::running;
    hand_out();
    shrink(index);
  }
  wake_manager();
}

void WorkerChooser::worker_gone(std::size_t index) {
  {
    const MutexLock lock(mutex_);
    workers_[index].place = Place::absent;
    workers_[index].pid = {};
    if (!waiters_.empty()) grow();
  }
  wake_manager();
}

void WorkerChooser::grow() {
  const auto absent = std::ranges::find(workers_, Place::absent, &Worker::place);
  if (absent != workers_.end()) absent->place = Place::starting;
}

void WorkerChooser::shrink(std::size_t index) {
  Worker& worker = workers_[index];
  if (index < options_.size || !waiters_.empty() || worker.in_flight > 0) return;
  if (worker.place == Place::running) worker.place = Place::stopping;
}

std::vector<std::pair<std::size_t, bool>> WorkerChooser::changes() const {
  const MutexLock lock(mutex_);
  std::vector<std::pair<std::size_t, bool>> all;
  for (std::size_t i = options_.size; i < workers_.size(); ++i) {
    if (workers_[i].place == Place::starting) all.emplace_back(i, true);
    if (workers_[i].place == Place::stopping) all.emplace_back(i, false);
  }
  return all;
}

void WorkerChooser::wake_manager() {
  if (options_.max_size <= options_.size || changes().empty()) return;
  if (const auto manager = system_.whereis(manager_name())) {
    static_cast<void>(send(system_, *manager, ResizePool{}));
  }
}

std::vector<Pid> WorkerChooser::workers() const {
  const MutexLock lock(mutex_);
  std::vector<Pid> pids;
  for (const Worker& each : workers_) {
    if (each.pid && system_.is_alive(each.pid)) pids.push_back(each.pid);
  }
  return pids;
}

WorkerPoolStatus WorkerChooser::status() const {
  const MutexLock lock(mutex_);
  WorkerPoolStatus status;
  for (std::size_t i = 0; i < workers_.size(); ++i) {
    status.in_flight += workers_[i].in_flight;
    bool lives = false;
    if (load(i, true, lives)) ++status.free;
    if (lives) ++status.workers;
  }
  status.waiting = waiters_.size();
  return status;
}

// --- the processes of a pool -------------------------------------------------------------

namespace {

/// Starts and stops the further workers of an elastic pool, as children of its supervisor.
class PoolManager : public GenServer<PoolManager, Protocol<ResizePool>> {
 public:
  PoolManager(std::shared_ptr<WorkerChooser> chooser, std::function<ChildSpec(std::size_t)> worker)
      : chooser_(std::move(chooser)), worker_(std::move(worker)) {}

  // What a former manager left undone; its supervisor may be starting it right now.
  void init() { static_cast<void>(send(self(), ResizePool{})); }

  void handle_cast(const ResizePool&) {
    const Supervisor supervisor(ServerAddress(&chooser_->system(), parent_of_this()));
    for (const auto& [index, start] : chooser_->changes()) {
      const std::string id = chooser_->worker_name(index);
      if (start && supervisor.start_child(worker_(index))) continue;
      if (!start) static_cast<void>(supervisor.terminate_child(id));
      static_cast<void>(supervisor.delete_child(id));
      chooser_->worker_gone(index);
    }
  }

 private:
  std::shared_ptr<WorkerChooser> chooser_;
  std::function<ChildSpec(std::size_t)> worker_;
};

}  // namespace

Result<Pid> start_pool(const std::shared_ptr<WorkerChooser>& chooser,
                       const std::function<ChildSpec(std::size_t)>& worker) {
  const WorkerPoolOptions& options = chooser->options();
  const auto reporting = [chooser, worker](std::size_t index) {
    ChildSpec spec = worker(index);
    spec.start = [start = spec.start, chooser, index] {
      auto started = start();
      if (started && *started) chooser->worker_up(index, *started);
      return started;
    };
    return spec;
  };
  std::vector<ChildSpec> children;
  for (std::size_t i = 0; i < options.size; ++i) children.push_back(reporting(i));
  if (options.max_size > options.size) {
    StartOptions start;
    start.name = chooser->manager_name();
    children.push_back(child<PoolManager>(start.name, start, chooser,
                                          std::function<ChildSpec(std::size_t)>(reporting)));
  }
  SupervisorOptions how;
  how.max_restarts = options.max_restarts;
  how.within = options.within;
  how.name = options.name;
  const auto supervisor = Supervisor::start_link(chooser->system(), std::move(children), how);
  if (!supervisor) return supervisor.error();
  return supervisor->pid();
}

Result<void> check(const WorkerPoolOptions& options) {
  if (options.name.empty() || options.size == 0) {
    return Error(ErrorCode::invalid_argument, "a pool needs a name and at least one worker");
  }
  if (options.max_size > options.size && options.max_in_flight == 0) {
    return Error(ErrorCode::invalid_argument,
                 "an elastic pool needs max_in_flight: it grows when all workers have so many");
  }
  return {};
}

}  // namespace kith::detail
