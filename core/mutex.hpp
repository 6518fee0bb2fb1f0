// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <mutex>

#include "core/spin.hpp"

#if defined(__clang__)
#define KITH_THREAD_ANNOTATION(x) __attribute__((x))
#else
#define KITH_THREAD_ANNOTATION(x)
#endif
/// The field may only be accessed while the named mutex is held; clang checks it.
#define KITH_GUARDED_BY(x) KITH_THREAD_ANNOTATION(guarded_by(x))
/// The function may only be called while the named mutex is held; clang checks it.
#define KITH_REQUIRES(...) KITH_THREAD_ANNOTATION(requires_capability(__VA_ARGS__))

namespace kith {

/// A `std::mutex` with the annotations of clang's thread-safety analysis. Under contention it spins
/// briefly before blocking: most critical sections are shorter than a futex sleep and wake-up.
/// Thread-safety: a synchronisation primitive.
class KITH_THREAD_ANNOTATION(capability("mutex")) Mutex {
 public:
  void lock() KITH_THREAD_ANNOTATION(acquire_capability()) {
    for (unsigned times = 1; times <= spins_max; times *= 2) {
      if (mutex_.try_lock()) return;
      spin(times);
    }
    mutex_.lock();
  }
  bool try_lock() KITH_THREAD_ANNOTATION(try_acquire_capability(true)) { return mutex_.try_lock(); }
  void unlock() KITH_THREAD_ANNOTATION(release_capability()) { mutex_.unlock(); }

 private:
  static constexpr unsigned spins_max = 32;  ///< of the last back-off, which doubles each time

  std::mutex mutex_;
};

/// Holds a `Mutex` for a scope.
class KITH_THREAD_ANNOTATION(scoped_lockable) MutexLock {
 public:
  explicit MutexLock(Mutex& mutex) KITH_THREAD_ANNOTATION(acquire_capability(mutex))
      : mutex_(mutex) {
    mutex_.lock();
  }
  ~MutexLock() KITH_THREAD_ANNOTATION(release_capability()) { mutex_.unlock(); }
  MutexLock(const MutexLock&) = delete;
  MutexLock& operator=(const MutexLock&) = delete;

 private:
  Mutex& mutex_;
};

}  // namespace kith
