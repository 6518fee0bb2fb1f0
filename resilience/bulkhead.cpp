// SPDX-License-Identifier: Apache-2.0
#include "resilience/bulkhead.hpp"

#include <algorithm>
#include <deque>
#include <utility>

#include "actor/process.hpp"
#include "core/mutex.hpp"
#include "core/pid.hpp"
#include "core/printable.hpp"

namespace kith {
namespace {

struct Granted {
  Reference request;
};

}  // namespace

struct Bulkhead::State {
  struct Waiter {
    Pid pid;
    Reference request;
  };
  explicit State(BulkheadOptions o) : options(std::move(o)) {}

  const BulkheadOptions options;
  mutable Mutex mutex;
  std::size_t running KITH_GUARDED_BY(mutex) = 0;
  std::deque<Waiter> waiters KITH_GUARDED_BY(mutex);
};

/// Represents a waiting process. The destructor runs however the wait ends, also if the process is
/// killed: it leaves the queue, or releases the slot if one was granted meanwhile. A slot therefore
/// cannot be lost.
class Bulkhead::Waiting {
 public:
  Waiting(Bulkhead& bulkhead, Reference request) : bulkhead_(bulkhead), request_(request) {}
  ~Waiting() {
    if (has_place_) return;
    bool was_granted = false;
    {
      State& state = *bulkhead_.state_;
      const MutexLock lock(state.mutex);
      was_granted = std::erase_if(state.waiters, [&](const State::Waiter& each) {
                      return each.request == request_;
                    }) == 0;
    }
    if (was_granted) bulkhead_.release();
  }
  Waiting(const Waiting&) = delete;
  Waiting& operator=(const Waiting&) = delete;

  [[nodiscard]] bool wait(Duration timeout) {
    has_place_ = receive_where<Granted>(
                     [&](const Granted& message) { return message.request == request_; }, timeout)
                     .has_value();
    return has_place_;
  }

 private:
  Bulkhead& bulkhead_;
  Reference request_;
  bool has_place_ = false;
};

Bulkhead::Bulkhead(BulkheadOptions options) : state_(std::make_shared<State>(std::move(options))) {}

Bulkhead::Place::Place(Bulkhead bulkhead)
    : bulkhead_(std::make_unique<Bulkhead>(std::move(bulkhead))) {}
Bulkhead::Place& Bulkhead::Place::operator=(Place&& other) noexcept {
  std::swap(bulkhead_, other.bulkhead_);
  return *this;
}
Bulkhead::Place::~Place() {
  if (bulkhead_) bulkhead_->release();
}

Error Bulkhead::full(const char* why) const {
  return detail::refused(
      Error(ErrorCode::overloaded, "the bulkhead " + in_quotes(state_->options.name) +
                                       " already runs " +
                                       std::to_string(state_->options.concurrent_max) +
                                       " requests " + why + "; try again later"),
      "bulkhead");
}

Result<Bulkhead::Place> Bulkhead::acquire() {
  if (auto good = detail::not_negative("patience", state_->options.patience); !good) {
    return good.error();
  }
  if (state_->options.concurrent_max == 0) {
    return {ErrorCode::invalid_argument, "concurrent_max: must be at least 1"};
  }
  const Reference request = detail::new_reference();
  {
    const MutexLock lock(state_->mutex);
    if (state_->running < state_->options.concurrent_max) {
      ++state_->running;
      return Place(*this);
    }
    if (state_->waiters.size() >= state_->options.waiting_max) return full("and its queue is full");
    state_->waiters.push_back({self(), request});
  }
  Waiting waiting(*this, request);
  if (!waiting.wait(state_->options.patience)) return full("and none ended in time");
  return Place(*this);
}

/// Hands the slot of an ended request to the first waiting process, so that no request can overtake
/// the queue.
void Bulkhead::release() {
  const MutexLock lock(state_->mutex);
  if (state_->waiters.empty()) {
    --state_->running;
    return;
  }
  const State::Waiter next = state_->waiters.front();
  state_->waiters.pop_front();
  static_cast<void>(send(next.pid, Granted{next.request}));
}

std::size_t Bulkhead::running() const {
  const MutexLock lock(state_->mutex);
  return state_->running;
}

std::size_t Bulkhead::waiting() const {
  const MutexLock lock(state_->mutex);
  return state_->waiters.size();
}

}  // namespace kith
