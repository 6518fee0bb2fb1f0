// SPDX-License-Identifier: Apache-2.0
#include "actor/internal/runtime.hpp"

#include <algorithm>
#include <thread>
#include <utility>

#include "actor/internal/blocking_pool.hpp"
#include "actor/internal/worker.hpp"
#include "core/check.hpp"
#include "core/limits.hpp"
#include "core/random.hpp"

namespace kith::detail {
namespace {

/// Free slots that move between a worker's cache and the shared list at once. A higher value locks
/// the table less often, and lets more slots lie idle per worker.
constexpr std::size_t slots_at_once = 256;

SystemOptions completed(SystemOptions options) {
  if (options.workers < 0) {
    options.workers = static_cast<int>(std::max(1U, std::thread::hardware_concurrency()));
  }
  while (options.boot == 0) options.boot = entropy();
  if (!options.log) options.log = make_console_log(LogLevel::warning, LogFormat::text, "");
  return options;
}

}  // namespace

Runtime::Runtime(const SystemOptions& given)
    : options(completed(given)),
      clock(*options.clock),
      log(options.log),
      chunks_(limits::processes_max / chunk_slots),
      blocking_(std::make_unique<BlockingPool>()) {
  const int workers = std::max(1, options.workers);
  for (int i = 0; i < workers; ++i) workers_.push_back(std::make_unique<Worker>(*this, i));
  if (!manual()) {
    for (auto& worker : workers_) worker->start_thread();
  }
}

Runtime::~Runtime() {
  stop();
  workers_.clear();
  for (std::uint32_t i = 0; i < limits::processes_max; i += chunk_slots) {
    Chunk* chunk = chunk_of(i);
    if (chunk == nullptr) break;
    delete chunk;  // NOLINT(cppcoreguidelines-owning-memory): read without a lock by senders
  }
}

bool Runtime::begin_entry() {
  entering_.fetch_add(1, std::memory_order_seq_cst);
  if (!stopped_.load(std::memory_order_seq_cst)) return true;
  end_entry();
  return false;
}

void Runtime::end_entry() {
  entering_.fetch_sub(1, std::memory_order_seq_cst);
}

/// Kills all processes, waits for their end, then joins the threads. A process that is spawned
/// meanwhile is killed by `spawn`. The blocking pool is destroyed once all processes have ended,
/// since a process in `blocking` ends only after its function has returned.
void Runtime::stop() {
  if (stopped_.exchange(true, std::memory_order_seq_cst)) return;
  while (entering_.load(std::memory_order_seq_cst) > 0) std::this_thread::yield();
  for (std::size_t left = alive(); left > 0; left = alive()) {
    for (const Pid pid : processes()) {
      send(pid, std::make_unique<ReasonSignal>(SignalKind::exit, "kill"));
    }
    if (manual()) {
      while (run_one()) {
      }
    } else {
      alive_.wait(left, std::memory_order_acquire);
    }
  }
  blocking_.reset();
  for (auto& worker : workers_) worker->request_stop();
  for (auto& worker : workers_) worker->join();
}

// --- the process table ------------------------------------------------------

Runtime::Chunk* Runtime::chunk_of(std::uint32_t index) const {
  return std::atomic_ref(chunks_[index / chunk_slots]).load(std::memory_order_acquire);
}

/// Moves free slots to a list; allocates a chunk of new ones if there are none.
void Runtime::refill_slots(std::vector<std::uint32_t>& free) {
  if (free_slots_.empty()) {
    KITH_CHECK(slots_made_ < limits::processes_max);
    auto* chunk = new Chunk;  // NOLINT(cppcoreguidelines-owning-memory): freed by ~Runtime
    for (std::uint32_t i = chunk_slots; i-- > 0;) {
      chunk->slots[i].index = slots_made_ + i;
      free_slots_.push_back(slots_made_ + i);
    }
    std::atomic_ref(chunks_[slots_made_ / chunk_slots]).store(chunk, std::memory_order_release);
    slots_made_ += chunk_slots;
  }
  const auto first = free_slots_.end() - static_cast<std::ptrdiff_t>(std::min<std::size_t>(
                                             free_slots_.size(), slots_at_once));
  free.insert(free.end(), first, free_slots_.end());
  free_slots_.erase(first, free_slots_.end());
}

ProcessSlot& Runtime::take_slot() {
  std::uint32_t index = 0;
  if (Worker* here = own_worker()) {
    std::vector<std::uint32_t>& free = here->free_slots();
    if (free.empty()) {
      const MutexLock lock(table_mutex_);
      refill_slots(free);
    }
    index = free.back();
    free.pop_back();
  } else {
    const MutexLock lock(table_mutex_);
    std::vector<std::uint32_t> one;
    if (free_slots_.empty()) refill_slots(one);
    free_slots_.insert(free_slots_.end(), one.begin(), one.end());
    index = free_slots_.back();
    free_slots_.pop_back();
  }
  return chunk_of(index)->slots[index % chunk_slots];
}

/// Frees a slot into the cache of the worker; returns half of the cache to the shared list when it
/// exceeds twice the batch, so that a worker at the limit does not lock the table for each process.
void Runtime::release(ProcessSlot& slot) {
  slot.process.reset();
  std::vector<std::uint32_t>& free = own_worker()->free_slots();
  free.push_back(slot.index);
  if (free.size() >= 2 * slots_at_once) {
    const MutexLock lock(table_mutex_);
    const auto first = free.end() - static_cast<std::ptrdiff_t>(slots_at_once);
    free_slots_.insert(free_slots_.end(), first, free.end());
    free.erase(first, free.end());
  }
  alive_.fetch_sub(1, std::memory_order_seq_cst);
  if (stopped_.load(std::memory_order_seq_cst)) alive_.notify_all();
}

ProcessSlot* Runtime::find(const Pid& pid) const {
  if (pid.index >= limits::processes_max) return nullptr;
  Chunk* chunk = chunk_of(pid.index);
  return chunk == nullptr ? nullptr : &chunk->slots[pid.index % chunk_slots];
}

bool Runtime::is_alive(Pid pid) const {
  if (pid.node != options.boot) return false;
  const ProcessSlot* slot = find(pid);
  return slot != nullptr && slot->generation.load(std::memory_order_acquire) == pid.generation &&
         slot->alive.load(std::memory_order_acquire);
}

bool Runtime::mark_named(Pid pid) {
  if (!is_alive(pid)) return false;
  // Either this comes before the exchange of an ending process, which then sees the mark, or after
  // it, and then `is_alive` below sees that the process has ended.
  find(pid)->marks.fetch_or(ProcessSlot::named, std::memory_order_acq_rel);
  return is_alive(pid);
}

std::optional<std::size_t> Runtime::waiting(Pid pid) const {
  // Also for the process itself: once it has notified others of its end it must not take in
  // monitors.
  if (!is_alive(pid)) return std::nullopt;
  if (Process* self = current_process(); self != nullptr && self->pid() == pid) {
    return self->own_waiting();
  }
  Inbox& inbox = find(pid)->inbox;
  inbox.count_exactly();  // from now on: a caller that asks once will probably ask again
  return inbox.waiting();
}

std::vector<Pid> Runtime::processes() const {
  std::uint32_t made = 0;
  {
    const MutexLock lock(table_mutex_);
    made = slots_made_;
  }
  std::vector<Pid> pids;
  for (std::uint32_t i = 0; i < made; ++i) {
    const ProcessSlot* slot = find(Pid{options.boot, i, 1});
    if (slot->alive.load(std::memory_order_acquire)) {
      pids.push_back({options.boot, i, slot->generation.load(std::memory_order_acquire)});
    }
  }
  return pids;
}

Pid Runtime::spawn(std::unique_ptr<ProcessBody> body, SpawnOptions how) {
  ProcessSlot& slot = take_slot();
  std::uint32_t generation = slot.generation.load(std::memory_order_relaxed) + 1;
  if (generation == 0) generation = 1;
  const Pid pid{options.boot, slot.index, generation};
  slot.process = std::make_unique<Process>(*this, slot, pid, std::move(body));
  slot.process->set_parent(how.parent);
  slot.process->set_label(std::move(how.label));
  if (how.child_id != nullptr) slot.process->set_child_id(*how.child_id);
  if (how.ancestors) slot.process->set_ancestors(std::move(how.ancestors));
  if (how.link) slot.process->add_link(how.link);
  if (how.call) slot.process->remember_call(how.caller, how.call);
  slot.generation.store(generation, std::memory_order_release);
  // After the generation: a thread that no longer sees `ended` of the previous process also sees
  // the new generation.
  slot.marks.store(how.named ? ProcessSlot::named : 0, std::memory_order_release);
  const bool is_bounded = how.mailbox_bound != 0;
  slot.inbox.open(is_bounded ? how.mailbox_bound : std::int32_t{limits::mailbox_messages_max},
                  is_bounded);
  slot.alive.store(true, std::memory_order_release);
  alive_.fetch_add(1, std::memory_order_seq_cst);
  if (how.tell_link) {  // before the process runs: it may remove the link, or end
    auto signal = std::make_unique<Signal>(SignalKind::link);
    signal->from = pid;
    send(how.link, std::move(signal));
  }
  if (how.monitor) {
    auto signal = std::make_unique<Signal>(SignalKind::monitor);
    signal->from = how.monitor;
    signal->reference = how.monitor_reference;
    send(pid, std::move(signal));
  }
  // `stop` writes `stopped_` and reads `alive_`, this writes `alive_` and reads `stopped_`: at
  // least one sees the other, so that no process outlives `stop`.
  if (stopped_.load(std::memory_order_seq_cst)) [[unlikely]] {
    send(pid, std::make_unique<ReasonSignal>(SignalKind::exit, "kill"));
  }
  schedule(slot);
  return pid;
}

/// Returns the worker of this runtime that runs on the calling thread, or null.
Worker* Runtime::own_worker() const {
  Worker* here = Worker::current();
  return here != nullptr && &here->runtime() == this ? here : nullptr;
}

void Runtime::schedule(ProcessSlot& slot) {
  const int pinned = slot.pinned.load(std::memory_order_acquire);
  Worker* here = own_worker();
  if (pinned >= 0) {
    Worker& owner = worker(static_cast<std::size_t>(pinned));
    owner.enqueue(slot, &owner == here);
  } else if (here != nullptr) {
    here->enqueue(slot, true);
  } else {
    const int home = slot.home.load(std::memory_order_relaxed);
    worker(static_cast<std::size_t>(home)).enqueue(slot, false);
  }
}

void Runtime::wake_one_sleeper(int except) {
  for (auto& candidate : workers_) {
    if (candidate->index() != except && candidate->wake_if_asleep()) return;
  }
}

// --- signals ----------------------------------------------------------------

Runtime::Delivery Runtime::send(const Pid& to, SignalPointer signal) {
  if (!to) {
    bounce(Pid{options.boot, 0, 0}, *signal);
    return Delivery::no_process;
  }
  if (to.node == options.boot) return send_local(to, std::move(signal));
  RemoteSender* sender = remote_sender.load(std::memory_order_acquire);
  if (sender == nullptr) {
    bounce(to, *signal);
    return Delivery::no_connection;
  }
  return send_remote(to, *signal);
}

void Runtime::set_service(std::uint32_t number, Pid pid) {
  KITH_CHECK(number < limits::services);
  services_[number].store(std::uint64_t{pid.generation} << 32U | pid.index,
                          std::memory_order_release);
}

/// Returns the present process of a service; null if there is none.
Pid Runtime::service_process(const Pid& pid) const {
  const std::size_t number = pid.index - limits::processes_max;
  if (number >= limits::services) return Pid{};
  const std::uint64_t process = services_[number].load(std::memory_order_acquire);
  return Pid{pid.node, static_cast<std::uint32_t>(process),
             static_cast<std::uint32_t>(process >> 32U)};
}

/// True if a full mailbox refuses the message. It accepts messages with a reference of the receiver
/// (a task's result, an alias), control messages and those of timers: their number is bounded by
/// other means, and the receiver would wait for a lost one without end. A reference from another
/// node is not trusted before the receiver has checked it.
static bool may_be_refused(const Signal& message, BootId here) {
  if (message.is_control || message.is_timed) return false;
  return message.kind == SignalKind::call || !message.reference || message.from.node != here;
}

Runtime::Delivery Runtime::send_local(const Pid& to, SignalPointer signal) {
  if (to.index >= limits::processes_max) return send_local(service_process(to), std::move(signal));
  ProcessSlot* slot = find(to);
  if (slot == nullptr || slot->generation.load(std::memory_order_acquire) != to.generation) {
    bounce(to, *signal);
    return Delivery::no_process;
  }
  const bool is_message = signal->kind == SignalKind::message;
  const bool counts = is_message || signal->kind == SignalKind::call;
  signal->generation = to.generation;
  switch (slot->inbox.push(signal, counts, counts && may_be_refused(*signal, options.boot))) {
    case Inbox::Pushed::added:
      return Delivery::sent;
    case Inbox::Pushed::must_wake:
      schedule(*slot);
      return Delivery::sent;
    case Inbox::Pushed::full:
      return Delivery::overloaded;
    case Inbox::Pushed::closed:
      break;
  }
  bounce(to, *signal);
  return Delivery::no_process;
}

/// Sends the answer to a signal whose target does not exist: `call_failed`, `down`, `exit` or
/// `unlink_acknowledged`; none to a message.
void Runtime::bounce(Pid to, Signal& signal) {
  const char* reason = to.node == options.boot ? "noproc" : "noconnection";
  const auto answer = [&](SignalKind kind) {
    auto back = std::make_unique<ReasonSignal>(kind, reason);
    back->reference = signal.reference;
    back->from = to;
    back->linked = kind == SignalKind::exit;
    send(signal.from, std::move(back));
  };
  switch (signal.kind) {
    case SignalKind::call:
    case SignalKind::info:
    case SignalKind::trace:
      return answer(SignalKind::call_failed);
    case SignalKind::monitor: {
      auto down = std::make_unique<DownSignal>(SignalKind::down, signal.reference, to, reason);
      down->reference = signal.reference;
      down->from = to;
      send(signal.from, std::move(down));
      return;
    }
    case SignalKind::link:
      return answer(SignalKind::exit);
    case SignalKind::unlink: {
      auto back = std::make_unique<Signal>(SignalKind::unlink_acknowledged);
      back->reference = signal.reference;
      back->from = to;
      send(signal.from, std::move(back));
      return;
    }
    default:
      return;
  }
}

// --- timers and the rest ----------------------------------------------------

Reference Runtime::new_reference() {
  Worker* here = own_worker();
  return Reference{options.boot,
                   here == nullptr ? take_reference_ids(1) : here->next_reference_id()};
}

TimerHandle Runtime::arm(TimePoint deadline, Pid to, SignalPointer signal) {
  Worker* here = own_worker();
  if (here == nullptr) here = workers_.front().get();
  TimedSignal timed{to, std::move(signal)};
  if (to.node != options.boot || to.index >= limits::processes_max) {
    return {here->index(), here->arm(deadline, std::move(timed))};
  }
  ProcessSlot* slot = find(to);
  const TimerId id = slot == nullptr ? 0 : here->arm_for(*slot, deadline, std::move(timed));
  return id == 0 ? TimerHandle{} : TimerHandle{here->index(), id};
}

void Runtime::cancel_timers(Pid pid, std::uint32_t marks) {
  for (auto& worker : workers_) {
    if ((marks & ProcessSlot::timer_mark(worker->index())) != 0) worker->cancel_for(pid);
  }
}

bool Runtime::cancel(const TimerHandle& timer) {
  if (timer.worker < 0 || static_cast<std::size_t>(timer.worker) >= workers_.size()) return false;
  return workers_[static_cast<std::size_t>(timer.worker)]->cancel(timer.id);
}

std::optional<TimePoint> Runtime::deadline_of(const TimerHandle& timer) const {
  if (timer.worker < 0 || static_cast<std::size_t>(timer.worker) >= workers_.size()) {
    return std::nullopt;
  }
  return workers_[static_cast<std::size_t>(timer.worker)]->deadline_of(timer.id);
}

bool Runtime::run_one() {
  return workers_.front()->run_one();
}
void Runtime::fire_timers() {
  workers_.front()->fire_timers();
}
std::optional<TimePoint> Runtime::next_deadline() const {
  return workers_.front()->next_deadline();
}

void Runtime::run_blocking(std::move_only_function<void()> f) {
  if (manual())
    f();
  else
    blocking_->run(std::move(f));
}

}  // namespace kith::detail
