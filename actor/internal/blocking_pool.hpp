// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

namespace kith::detail {

/// Runs functions that block on threads of their own, which are created on demand and joined by the
/// destructor. Thread-safety: `run` from any thread.
class BlockingPool {
 public:
  ~BlockingPool() {
    {
      const std::scoped_lock lock(mutex_);
      stopping_ = true;
    }
    condition_.notify_all();
    for (auto& thread : threads_) thread.join();
  }

  /// Queues a function. Throws `std::system_error` if there is no thread and none can be created.
  void run(std::move_only_function<void()> f) {
    const std::scoped_lock lock(mutex_);
    if (jobs_.size() >= idle_ && threads_.size() < threads_max) add_thread();
    jobs_.push_back(std::move(f));
    condition_.notify_one();
  }

 private:
  static constexpr std::size_t threads_max = 64;

  void add_thread() {
    try {
      threads_.emplace_back([this] { work(); });
    } catch (const std::system_error&) {
      if (threads_.empty()) throw;  // otherwise an existing thread will run the job later
    }
  }

  void work() {
    std::unique_lock lock(mutex_);
    for (;;) {
      ++idle_;
      condition_.wait(lock, [this] { return stopping_ || !jobs_.empty(); });
      --idle_;
      if (jobs_.empty()) return;
      auto job = std::move(jobs_.front());
      jobs_.pop_front();
      lock.unlock();
      job();
      lock.lock();
    }
  }

  std::mutex mutex_;
  std::condition_variable condition_;
  std::deque<std::move_only_function<void()>> jobs_;
  std::vector<std::thread> threads_;
  std::size_t idle_ = 0;
  bool stopping_ = false;
};

}  // namespace kith::detail
