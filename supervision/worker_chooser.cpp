// SPDX-License-Identifier: Apache-2.0
#include "supervision/worker_chooser.hpp"

#include <algorithm>
#include <functional>

#include "actor/ending.hpp"
#include "actor/gen_server.hpp"
#include "core/hash.hpp"
#include "core/limits.hpp"
#include "supervision/supervisor.hpp"

namespace kith::detail {
namespace {

/// To a waiter: a worker was reserved for it.
struct Granted {};

bool is_in_worker(const WorkerPermit& permit) {
  return current_system() != nullptr && self() == permit.pid;
}

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

/// Returns the load of a worker; nullopt if it cannot take this message.
std::optional<std::size_t> WorkerChooser::load(std::size_t index, const Caller& caller,
                                               bool request, bool& any_lives) const {
  const Worker& worker = workers_[index];
  if (worker.place != Place::running || !worker.pid) return std::nullopt;
  const auto messages = worker.pid == caller.pid ? std::optional(caller.waiting)
                                                 : system_.message_queue_length(worker.pid);
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

/// Chooses by `options_.choice`. Scans all workers from `next_` on for the other two choices, and
/// for `random_two` if neither of the two drawn can take the message: no free worker is missed.
std::optional<std::size_t> WorkerChooser::best(const Caller& caller, bool request,
                                               bool& any_lives) {
  const std::size_t count = workers_.size();
  std::optional<std::size_t> found;
  if (options_.choice == WorkerChoice::random_two) {
    const std::size_t first = random_.below(count);
    const std::size_t second =
        (first + 1 + random_.below(std::max<std::size_t>(count - 1, 1))) % count;
    const auto first_load = load(first, caller, request, any_lives);
    const auto second_load = load(second, caller, request, any_lives);
    if (first_load && (!second_load || *first_load <= *second_load)) return first;
    if (second_load) return second;
  }
  std::size_t least = 0;
  for (std::size_t k = 0; k < count; ++k) {
    const std::size_t index = next_ + k < count ? next_ + k : next_ + k - count;
    const auto now = load(index, caller, request, any_lives);
    if (!now || (found && *now >= least)) continue;
    found = index;
    least = *now;
    if (least == 0 || options_.choice == WorkerChoice::round_robin) break;
  }
  if (found) next_ = (*found + 1) % count;
  return found;
}

Result<Pid> WorkerChooser::choose() {
  const Caller here = caller();
  const MutexLock lock(mutex_);
  bool any_lives = false;
  if (const auto index = best(here, false, any_lives)) return workers_[*index].pid;
  if (!any_lives) return pool_ended();
  return Error(ErrorCode::overloaded, "all workers have full mailboxes; try later");
}

// --- waiting ----------------------------------------------------------------------------

/// Holds a place in the queue of waiters. The destructor leaves the queue, also when the process is
/// unwound, and passes a worker that was reserved in the meantime to the next waiter.
/// The grant and the end of the pool arrive under the same monitor reference, which a full mailbox
/// does not refuse.
class WorkerChooser::Waiting {
 public:
  Waiting(WorkerChooser& chooser, Pid pool) : chooser_(chooser) {
    waiter_.pid = self();
    waiter_.watch = monitor(pool);
  }
  ~Waiting() {
    const Caller here = chooser_.caller();
    const MutexLock lock(chooser_.mutex_);
    if (!queued_) return;
    if (!waiter_.granted) {
      chooser_.waiters_.erase(waiter_.position);
    } else {
      chooser_.end(*waiter_.granted);
      chooser_.hand_out(here);
    }
  }
  Waiting(const Waiting&) = delete;
  Waiting& operator=(const Waiting&) = delete;

  /// Under the lock of the chooser, whose queue this is.
  void enqueue(std::list<Waiter*>& queue) {
    waiter_.position = queue.insert(queue.end(), &waiter_);
    queued_ = true;
  }
  /// Waits until a worker is reserved and returns its permit.
  Result<WorkerPermit> wait(Duration timeout) {
    const MessagePointer news = receive_news(waiter_.watch, timeout);
    const std::optional<WorkerPermit> permit = leave();
    // Granted after the timeout expired or the pool ended: the message is already in the mailbox,
    // because it was sent under the lock. Removes it.
    if (permit && (!news || news->type() != typeid(Granted))) take_news(waiter_.watch);
    demonitor(waiter_.watch);
    if (permit) return *permit;
    if (news) return pool_ended();
    return Error(ErrorCode::timeout, "no worker was free in time; make the pool larger");
  }
  /// Ends the monitor of a waiter that was not queued.
  void cancel() const { demonitor(waiter_.watch); }

 private:
  /// Takes the permit if a worker is reserved; nullopt otherwise. The destructor then has nothing
  /// to undo.
  std::optional<WorkerPermit> leave() {
    const MutexLock lock(chooser_.mutex_);
    if (!waiter_.granted) return std::nullopt;
    queued_ = false;
    return waiter_.granted;
  }

  WorkerChooser& chooser_;
  Waiter waiter_;
  bool queued_ = false;
};

WorkerChooser::Caller WorkerChooser::caller() const {
  if (current_system() != &system_) return {};
  const Pid pid = self();
  return {pid, system_.message_queue_length(pid).value_or(0)};
}

WorkerPermit WorkerChooser::reserve(std::size_t index) {
  Worker& worker = workers_[index];
  ++worker.in_flight;
  // Without a bound only the message ends the permit, which needs no number then.
  if (options_.max_in_flight > 0) worker.permits.push_back(++last_permit_);
  return {index, worker.pid, last_permit_};
}

/// Returns a permit or an error for a request that need not wait; nullopt if it must. Does not
/// overtake requests that are already queued.
std::optional<Result<WorkerPermit>> WorkerChooser::at_once(const Caller& caller) {
  hand_out(caller);  // a mailbox that was full may have room again, which no event says
  bool any_lives = false;
  if (waiters_.empty()) {
    if (const auto index = best(caller, true, any_lives)) {
      return reserve(*index);
    }
    if (options_.max_in_flight == 0 && !any_lives) return pool_ended();
    if (options_.max_in_flight == 0 || (any_lives && nothing_will_free())) {
      return Error(ErrorCode::overloaded, "all workers have full mailboxes; try later");
    }
  }
  if (options_.overflow == PoolOverflow::reject || waiters_.size() >= options_.max_waiting) {
    grow();
    return Error(ErrorCode::overloaded, "all workers are busy; try later");
  }
  return std::nullopt;
}

/// True when no permit will end and no worker will start: a waiter would not be woken, since casts
/// that leave a mailbox tell nobody.
bool WorkerChooser::nothing_will_free() const {
  return std::ranges::all_of(workers_, [](const Worker& each) {
    return each.in_flight == 0 && each.place == Place::running && each.pid;
  });
}

/// Tries again after it has monitored the pool, since a worker may have become free meanwhile. This
/// second attempt and `enqueue` share one lock, so that no free worker is missed.
Result<WorkerPermit> WorkerChooser::check_out(Duration timeout) {
  const Caller here = caller();
  std::optional<Result<WorkerPermit>> found;
  {
    const MutexLock lock(mutex_);
    found = at_once(here);
  }
  if (found) {
    if (!*found) wake_manager();
    return std::move(*found);
  }
  const auto pool = system_.whereis(options_.name);
  if (!pool) return pool_ended();
  Waiting waiting(*this, *pool);
  {
    const MutexLock lock(mutex_);
    found = at_once(here);
    if (!found) {
      grow();
      waiting.enqueue(waiters_);
    }
  }
  wake_manager();
  if (!found) return waiting.wait(timeout);
  waiting.cancel();
  return std::move(*found);
}

/// False when it has ended before: the worker and the caller both end it, whichever comes first.
bool WorkerChooser::end(const WorkerPermit& permit) {
  Worker& worker = workers_[permit.index];
  if (options_.max_in_flight > 0) {
    const auto found = std::ranges::find(worker.permits, permit.number);
    if (found == worker.permits.end()) return false;
    worker.permits.erase(found);
  }
  --worker.in_flight;
  return true;
}

void WorkerChooser::release(const WorkerPermit& permit, bool worker_ends) {
  {
    const MutexLock lock(mutex_);
    Worker& worker = workers_[permit.index];
    // Before the slot is free, so that no other request gets the worker.
    if (worker_ends && worker.pid == permit.pid) worker.pid = {};
    if (!end(permit)) return;
    // The usual case concerns no other process: nothing waits, and the worker stays.
    if (waiters_.empty() && permit.index < options_.size) return;
  }
  const Caller here = caller();
  {
    const MutexLock lock(mutex_);
    hand_out(here);
    shrink(permit.index);
  }
  wake_manager();
}

void end_permit(const std::shared_ptr<WorkerChooser>& chooser, const WorkerPermit& permit,
                const Reference& request) {
  /// Ends the permit when the request is answered.
  struct Held {
    Held(std::shared_ptr<WorkerChooser> c, const WorkerPermit& p)
        : chooser(std::move(c)), permit(p) {}
    Held(const Held&) = delete;
    Held& operator=(const Held&) = delete;
    ~Held() { chooser->release(permit); }
    std::shared_ptr<WorkerChooser> chooser;
    WorkerPermit permit;
  };
  const bool in_worker = is_in_worker(permit);
  const bool worker_ends = in_worker && is_ending();
  if (in_worker && !worker_ends && is_unanswered(request)) {
    hold_until_answered(request, std::make_shared<Held>(chooser, permit));
  } else {
    chooser->release(permit, worker_ends);
  }
}

/// Grants free workers to the waiters in FIFO order. Sends each grant under the lock: see
/// `Waiting::wait`.
void WorkerChooser::hand_out(const Caller& caller) {
  bool any_lives = false;
  while (!waiters_.empty()) {
    const auto index = best(caller, true, any_lives);
    if (!index) return;
    Waiter& waiter = *waiters_.front();
    waiters_.pop_front();
    waiter.granted = reserve(*index);
    auto news = std::make_unique<TypedMessage<Granted>>(SignalKind::message);
    news->from = waiter.pid;
    news->reference = waiter.watch;
    static_cast<void>(send_message(system_, waiter.pid, std::move(news)));
  }
}

// --- workers come and go -----------------------------------------------------------------

void WorkerChooser::worker_up(std::size_t index, Pid pid) {
  const Caller here = caller();
  {
    const MutexLock lock(mutex_);
    workers_[index].pid = pid;
    if (workers_[index].place == Place::starting) workers_[index].place = Place::running;
    hand_out(here);
    // With `reject` the request that caused the growth has been refused: the worker stays until it
    // has handled one.
    if (options_.overflow == PoolOverflow::wait) shrink(index);
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

/// Marks one additional worker for start, if there is one; the manager starts it.
void WorkerChooser::grow() {
  const auto absent = std::ranges::find(workers_, Place::absent, &Worker::place);
  if (absent != workers_.end()) absent->place = Place::starting;
}

/// Marks an idle additional worker for stop. It gets no further request from then on.
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

/// Locks `mutex_` itself (`changes`), so it must be called without it.
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
  const Caller here = caller();
  const MutexLock lock(mutex_);
  WorkerPoolStatus status;
  for (std::size_t i = 0; i < workers_.size(); ++i) {
    status.in_flight += workers_[i].in_flight;
    bool lives = false;
    if (load(i, here, true, lives)) ++status.free;
    if (lives) ++status.workers;
  }
  status.waiting = waiters_.size();
  return status;
}

// --- the processes of a pool -------------------------------------------------------------

namespace {

/// Starts and stops the additional workers of an elastic pool, as children of its supervisor.
class PoolManager : public GenServer<PoolManager, Protocol<ResizePool>> {
 public:
  PoolManager(std::shared_ptr<WorkerChooser> chooser, std::function<ChildSpec(std::size_t)> worker)
      : chooser_(std::move(chooser)), worker_(std::move(worker)) {}

  // Continues the changes of a previous manager that crashed. Not in `init`: a call to the
  // supervisor would deadlock while it waits for this start.
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

/// Wraps each worker's start so that it reports the new pid, on restarts too.
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
  if (options.mailbox_bound < 0) {
    return Error(ErrorCode::invalid_argument, "mailbox_bound is " +
                                                  std::to_string(options.mailbox_bound) +
                                                  "; it must be 0 (the default) or more");
  }
  if (auto fine = check_positive("within", options.within); !fine) return fine;
  return check_shutdown(options.shutdown);
}

}  // namespace kith::detail
