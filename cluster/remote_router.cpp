#include "cluster/remote_router.hpp"

#include <optional>
#include <utility>
#include <vector>

#include "core/wire_types.hpp"

namespace kith::cluster {
namespace {

/// Boots that are over are random numbers; forgetting the oldest of so many harms nobody.
constexpr std::size_t over_max = 4096;

bool is_good(const RemoteSignal& signal) {
  return signal.kind <= RemoteSignal::Kind::down;
}

}  // namespace

RemoteRouter::RemoteRouter(BootId self, transport::Transport& transport, const WireFormat& format,
                           RemoteReceiver& receiver)
    : self_(self), transport_(transport), format_(format), receiver_(receiver) {}

void RemoteRouter::set_member(const NodeId& id, const transport::Address& address) {
  const MutexLock lock(mutex_);
  addresses_[id.boot] = address;
  over_.erase(id.boot);
}

void RemoteRouter::remove_member(BootId boot) {
  const MutexLock delivery(delivery_);
  {
    const MutexLock lock(mutex_);
    addresses_.erase(boot);
    if (over_.size() >= over_max) over_.erase(over_.begin());
    over_.insert(boot);
  }
  deliver_lost(boot);
}

void RemoteRouter::on_lost(BootId boot) {
  const MutexLock delivery(delivery_);
  deliver_lost(boot);
}

void RemoteRouter::deliver_lost(BootId boot) {
  std::vector<RemoteSignal> answers;
  {
    const MutexLock lock(mutex_);
    answers = watches_.lost(boot);
  }
  for (RemoteSignal& signal : answers) receiver_.deliver(std::move(signal));
}

Result<void> RemoteRouter::send(RemoteSignal signal) {
  Bytes bytes = format_.encode([&](WireWriter& writer) { wire_write(writer, signal); });
  transport::Address to;
  {
    const MutexLock lock(mutex_);
    const auto known = addresses_.find(signal.to.node);
    if (known == addresses_.end()) {
      return {ErrorCode::no_connection,
              "the node of " + to_string(signal.to) + " is not connected"};
    }
    // Noted before it is sent: the answer may be faster than this thread.
    if (auto noted = watches_.sent(signal); !noted) return noted;
    to = known->second;
    ++counters_.sent;
  }
  auto done = transport_.send(to, transport::Channel::app, std::move(bytes));
  if (!done) {
    const MutexLock lock(mutex_);
    --counters_.sent;
    if (!watches_.unsent(signal)) return {};  // answered with "noconnection" already
  }
  return done;
}

void RemoteRouter::receive(const transport::Peer& from, BytesView message) {
  RemoteSignal signal;
  const auto decoded =
      format_.decode(message, [&](WireReader& reader) { wire_read(reader, signal); });
  const MutexLock delivery(delivery_);
  {
    const MutexLock lock(mutex_);
    ++counters_.received;
    // A process of a node without name (a plain thread that sends) has no pid, hence no boot.
    const bool is_forged = signal.from.node != 0 && signal.from.node != from.id.boot;
    if (!decoded || !is_good(signal) || is_forged || signal.to.node != self_ ||
        over_.contains(from.id.boot)) {
      ++counters_.refused;
      return;
    }
    addresses_.try_emplace(from.id.boot, from.address);
    signal.from.node = from.id.boot;
    if (!watches_.received(signal)) {
      ++counters_.late;
      return;
    }
  }
  receiver_.deliver(std::move(signal));
}

RouterCounters RemoteRouter::counters() const {
  const MutexLock lock(mutex_);
  return counters_;
}

}  // namespace kith::cluster
