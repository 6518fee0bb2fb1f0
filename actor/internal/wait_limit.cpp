// SPDX-License-Identifier: Apache-2.0
#include "actor/internal/wait_limit.hpp"

#include <memory>
#include <utility>

#include "actor/internal/process.hpp"
#include "actor/internal/runtime.hpp"
#include "actor/internal/worker.hpp"

namespace kith::detail {

WaitLimit::~WaitLimit() {
  if (noted_with_ != nullptr) noted_with_->forget(*this);
  if (armed_with_ != nullptr && !expired_) armed_with_->cancel(timer_);
}

void WaitLimit::begin() {
  if (duration_ == Duration::max() || number_ != 0 || noted_with_ != nullptr) return;
  if (process_.runtime().manual()) return arm(process_.runtime().clock.now());
  noted_with_ = Worker::current();
  noted_with_->note(*this);
}

void WaitLimit::begin_now() {
  if (duration_ != Duration::max() && number_ == 0) arm(process_.runtime().clock.now());
}

void WaitLimit::arm(TimePoint now) {
  auto signal = std::make_unique<Signal>(SignalKind::wake);
  signal->reference = process_.runtime().new_reference();
  number_ = signal->reference.id;
  armed_with_ = Worker::current();
  timer_ = armed_with_->arm(deadline_after(now, duration_),
                            TimedSignal{process_.pid(), std::move(signal)});
}

}  // namespace kith::detail
