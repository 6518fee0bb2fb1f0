#pragma once

#include <mutex>

#include "core/spin.hpp"

#if defined(__clang__)
#define KITH_THREAD_ANNOTATION(x) __attribute__((x))
#else
#define KITH_THREAD_ANNOTATION(x)
#endif
/// The field may be touched only while the named mutex is held; clang checks it.
#define KITH_GUARDED_BY(x) KITH_THREAD_ANNOTATION(guarded_by(x))
/// The function may be called only while the named mutex is held; clang checks it.
#define KITH_REQUIRES(...) KITH_THREAD_ANNOTATION(requires_capability(__VA_ARGS__))

namespace kith {

/// `std::mutex` that clang's thread-safety analysis understands. Whoever meets another one waits
/// awake for about as long as most sections last: to sleep and be woken takes longer.
/// Thread-safety: it is the tool.
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
  static constexpr unsigned spins_max = 32;

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
