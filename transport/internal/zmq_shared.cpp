// SPDX-License-Identifier: Apache-2.0
#include "transport/internal/zmq_shared.hpp"

#include <sys/eventfd.h>
#include <unistd.h>
#include <utility>

#include "core/check.hpp"
#include "transport/answer.hpp"
#include "transport/request_format.hpp"

namespace kith::transport::internal {

Waker::Waker() : descriptor_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  KITH_CHECK(descriptor_ >= 0);
}

Waker::~Waker() {
  close(descriptor_);
}

void Waker::wake() {
  if (awake_.exchange(true, std::memory_order_acq_rel)) return;
  const std::uint64_t one = 1;
  KITH_CHECK(write(descriptor_, &one, sizeof(one)) == sizeof(one));
}

void Waker::seen() {
  std::uint64_t count = 0;
  if (read(descriptor_, &count, sizeof(count)) < 0) return;  // `wake` was not called
  // A `wake` between the two writes nothing, but its work is found: the thread checks after this.
  awake_.exchange(false, std::memory_order_acq_rel);
}

namespace {

std::string_view connection_of(const ClientId& client) {
  const auto address = read_client_id(client);
  return address ? address->connection : std::string_view{};
}

Bytes not_taken() {
  return encode_answer(Error(ErrorCode::overloaded,
                             "the answer was dropped: too many answers that this app has not taken "
                             "wait already"));
}

}  // namespace

Result<void> ZmqShared::open_request(const ClientId& client, std::size_t size_bytes) {
  const MutexLock lock(mutex_);
  return ledger_.open(client, connection_of(client), size_bytes);
}

void ZmqShared::answer(const ClientId& client, Bytes message) {
  {
    const MutexLock lock(mutex_);
    const std::size_t size_bytes = message.size();
    switch (ledger_.answer(client, connection_of(client), size_bytes)) {
      case AnswerFate::send:
        replies_.push_back({client, std::move(message), size_bytes});
        break;
      case AnswerFate::shorten:
        replies_.push_back({client, not_taken(), ClientLedger::notice_bytes});
        counters.answers_dropped += 1;
        break;
      case AnswerFate::drop:
        counters.answers_dropped += 1;
        break;
      case AnswerFate::unknown:
        return;
    }
  }
  waker.wake();
}

void ZmqShared::refuse(const ClientId& client, const Error& why) {
  Bytes message = encode_answer(why);
  counters.requests_refused += 1;
  const MutexLock lock(mutex_);
  const std::size_t size_bytes = message.size();
  if (ledger_.refuse(connection_of(client), size_bytes)) {
    replies_.push_back({client, std::move(message), size_bytes});
  } else {
    counters.answers_dropped += 1;
  }
}

void ZmqShared::answer_all(const Error& why) {
  std::vector<ClientId> clients;
  {
    const MutexLock lock(mutex_);
    clients = ledger_.unanswered();
  }
  for (const ClientId& client : clients) answer(client, encode_answer(why));
}

std::vector<Reply> ZmqShared::take_replies() {
  const MutexLock lock(mutex_);
  return std::exchange(replies_, {});
}

void ZmqShared::release(std::string_view connection, std::size_t kept_bytes) {
  const MutexLock lock(mutex_);
  ledger_.release(connection, kept_bytes);
}

}  // namespace kith::transport::internal
