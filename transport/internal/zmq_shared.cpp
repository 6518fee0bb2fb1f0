#include "transport/internal/zmq_shared.hpp"

#include <sys/eventfd.h>
#include <unistd.h>

#include "core/check.hpp"

namespace kith::transport::internal {

Waker::Waker() : descriptor_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  KITH_CHECK(descriptor_ >= 0);
}

Waker::~Waker() { close(descriptor_); }

void Waker::wake() {
  if (awake_.exchange(true, std::memory_order_acq_rel)) return;
  const std::uint64_t one = 1;
  KITH_CHECK(write(descriptor_, &one, sizeof(one)) == sizeof(one));
}

void Waker::seen() {
  std::uint64_t count = 0;
  if (read(descriptor_, &count, sizeof(count)) < 0) return;  // nobody called
  awake_.exchange(false, std::memory_order_acq_rel);
}

bool ZmqShared::push_reply(Reply reply) {
  const MutexLock lock(mutex_);
  const std::size_t size_bytes = reply.message.size() + sizeof(Reply);
  if (replies_bytes_ + size_bytes > limits::peer_queue_bytes_max) return false;
  replies_bytes_ += size_bytes;
  replies_.push_back(std::move(reply));
  return true;
}

std::vector<Reply> ZmqShared::take_replies() {
  const MutexLock lock(mutex_);
  replies_bytes_ = 0;
  return std::exchange(replies_, {});
}

}  // namespace kith::transport::internal
