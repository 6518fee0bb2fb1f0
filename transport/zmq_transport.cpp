// SPDX-License-Identifier: Apache-2.0
#include "transport/zmq_transport.hpp"

#include <atomic>
#include <string>
#include <thread>
#include <utility>

#include "core/limits.hpp"
#include "core/mutex.hpp"
#include "transport/internal/zmq_loop.hpp"
#include "transport/internal/zmq_shared.hpp"

namespace kith::transport {

namespace {

/// The transport as its users' threads see it; all sockets belong to the I/O thread.
class ZmqTransport final : public Transport {
 public:
  explicit ZmqTransport(std::shared_ptr<Log> log) : log_(std::move(log)) {}
  ~ZmqTransport() override { stop(); }
  ZmqTransport(const ZmqTransport&) = delete;
  ZmqTransport& operator=(const ZmqTransport&) = delete;

  Result<Address> start(const TransportOptions& options, TransportHandler& handler) override {
    const MutexLock lock(mutex_);
    if (started_) return Error(ErrorCode::already_exists, "the transport was started before");
    auto loop = internal::ZmqLoop::make(options, handler, shared_, log_);
    if (!loop) return loop.error();
    Address bound = (*loop)->bound();
    started_ = true;
    running_ = true;
    thread_ = std::thread([owned = *std::move(loop)]() mutable {
      owned->run();
      owned.reset();
    });
    return bound;
  }

  Result<void> send(const Address& to, Channel channel, Bytes message) override {
    if (!running_) return Error(ErrorCode::unavailable, "the transport is stopped");
    if (message.size() > limits::frame_size_bytes_max) {
      return Error(ErrorCode::invalid_argument, "a message of " + std::to_string(message.size()) +
                                                    " bytes is larger than the limit of " +
                                                    std::to_string(limits::frame_size_bytes_max));
    }
    const auto dropped = shared_.outbox.push(to, channel, std::move(message));
    if (!dropped) return dropped.error();
    shared_.counters.messages_dropped += *dropped;
    shared_.waker.wake();
    return {};
  }

  void reply(const ClientId& client, Bytes message) override {
    shared_.answer(client, std::move(message));
  }

  void disconnect(const Address& to) override {
    shared_.outbox.close(to);
    shared_.waker.wake();
  }

  void stop() override {
    const MutexLock lock(mutex_);
    if (!thread_.joinable()) return;
    running_ = false;
    shared_.stopping = true;
    shared_.waker.wake();
    thread_.join();
  }

  [[nodiscard]] TransportCounters counters() const override {
    const internal::AtomicCounters& now = shared_.counters;
    return {.messages_sent = now.messages_sent,
            .messages_received = now.messages_received,
            .frames_sent = now.frames_sent,
            .frames_received = now.frames_received,
            .frames_refused = now.frames_refused,
            .messages_dropped = now.messages_dropped,
            .requests_refused = now.requests_refused,
            .answers_dropped = now.answers_dropped};
  }

 private:
  std::shared_ptr<Log> log_;
  internal::ZmqShared shared_;
  std::atomic<bool> running_{false};
  Mutex mutex_;
  bool started_ KITH_GUARDED_BY(mutex_) = false;
  std::thread thread_ KITH_GUARDED_BY(mutex_);
};

}  // namespace

std::unique_ptr<Transport> make_zmq_transport(std::shared_ptr<Log> log) {
  return std::make_unique<ZmqTransport>(std::move(log));
}

}  // namespace kith::transport
