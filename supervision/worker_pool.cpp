#include "supervision/worker_pool.hpp"

namespace kith::detail {

WorkerChooser::WorkerChooser(System& system, const WorkerPoolOptions& options)
    : system_(system),
      bound_(options.mailbox_bound > 0 ? static_cast<std::size_t>(options.mailbox_bound)
                                       : limits::mailbox_messages_max),
      under_way_(options.size) {
  for (std::size_t i = 0; i < options.size; ++i) {
    names_.push_back(options.name + "/" + std::to_string(i));
  }
}

Result<WorkerChooser::Choice> WorkerChooser::choose(bool request) {
  const MutexLock lock(mutex_);
  std::optional<Choice> best;
  std::size_t least = 0;
  bool any_lives = false;
  for (std::size_t k = 0; k < names_.size(); ++k) {
    const std::size_t index = (next_ + k) % names_.size();
    const auto pid = system_.whereis(names_[index]);
    const auto waiting = pid ? system_.message_queue_length(*pid) : std::nullopt;
    if (!waiting) continue;
    any_lives = true;
    const std::size_t load = *waiting + under_way_[index];
    if (*waiting >= bound_ || (best && load >= least)) continue;
    best = Choice{index, *pid};
    least = load;
  }
  if (best) {
    next_ = best->index + 1;
    if (request) ++under_way_[best->index];
    return *best;
  }
  if (any_lives) return Error(ErrorCode::overloaded, "all workers have full mailboxes; try later");
  return Error(ErrorCode::no_process, "no worker of the pool lives");
}

void WorkerChooser::end_request(std::size_t index) {
  const MutexLock lock(mutex_);
  --under_way_[index];
}

}  // namespace kith::detail
