// SPDX-License-Identifier: Apache-2.0
#include "cluster/remote_router.hpp"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/limits.hpp"
#include "core/wire_types.hpp"

namespace kith::cluster {
namespace {

/// Bounds `removed_boots_`. Beyond it the smallest boot id is dropped: ids are random, so that is
/// an arbitrary one, and its node would have to send again to matter.
constexpr std::size_t removed_boots_max = 4096;

bool is_good(const RemoteSignal& signal) {
  return signal.kind <= RemoteSignal::Kind::unlink_acknowledged;
}

/// Nesting levels of an encoded signal around its reason.
constexpr std::size_t levels_around_reason = 1;

/// Returns whether a decoder accepts a term that begins at this depth of a message.
bool can_travel(const Value& value, std::size_t depth) {
  const auto* array = value.get_if<ValueArray>();
  const auto* map = value.get_if<ValueMap>();
  if (array == nullptr && map == nullptr) return true;
  if (depth >= limits::decode_depth_max) return false;
  if (array != nullptr) {
    return array->size() <= limits::decode_elements_max &&
           std::ranges::all_of(*array, [&](const Value& v) { return can_travel(v, depth + 1); });
  }
  return map->size() <= limits::decode_elements_max &&
         std::ranges::all_of(
             *map, [&](const auto& entry) { return can_travel(entry.second, depth + 1); });
}

std::string size_limit() {
  return "the limit of " + std::to_string(limits::frame_size_bytes_max) + " bytes";
}

/// Returns a replacement for a reason that cannot be sent: its first word, which names the kind of
/// end, and the cause.
Value reason_instead(const Value& reason, const std::string& why) {
  const auto* parts = reason.get_if<ValueArray>();
  const std::string kind = parts == nullptr || parts->empty() ? "" : parts->front().text_or("");
  const bool is_word = !kind.empty() && kind.size() <= limits::name_size_bytes_max;
  return Value::array({is_word ? kind : "left_out", why});
}

/// Returns an error in the form that the caller of a remote call decodes.
Value call_failure(const std::string& why) {
  return Value::array({"error", to_string(ErrorCode::invalid_argument), why});
}

/// Replaces an answer that cannot be sent by a small one, so that the waiting process gets one.
void make_small(RemoteSignal& signal, const std::string& why) {
  using Kind = RemoteSignal::Kind;
  const bool is_reply = signal.kind == Kind::reply || signal.kind == Kind::call_failed;
  if (is_reply) {
    signal.kind = Kind::call_failed;
    signal.reason = call_failure("the answer cannot be sent to another node: " + why);
  } else {
    signal.reason =
        reason_instead(signal.reason, "the exit reason cannot be sent to another node: " + why);
  }
  signal.body.clear();
}

bool is_answer(RemoteSignal::Kind kind) {
  using Kind = RemoteSignal::Kind;
  return kind == Kind::reply || kind == Kind::call_failed || kind == Kind::exit ||
         kind == Kind::down;
}

}  // namespace

RemoteRouter::RemoteRouter(BootId self, transport::Transport& transport, const WireFormat& format,
                           RemoteReceiver& receiver)
    : self_(self), transport_(transport), format_(format), receiver_(receiver) {}

void RemoteRouter::set_member(const NodeId& id, const transport::Address& address) {
  const MutexLock lock(mutex_);
  addresses_[id.boot] = address;
  removed_boots_.erase(id.boot);
}

void RemoteRouter::remove_member(BootId boot) {
  const MutexLock delivery(delivery_);
  {
    const MutexLock lock(mutex_);
    addresses_.erase(boot);
    if (removed_boots_.size() >= removed_boots_max) removed_boots_.erase(removed_boots_.begin());
    removed_boots_.insert(boot);
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

/// Encodes a signal, or a small replacement for an answer that cannot be sent.
Result<Bytes> RemoteRouter::encode(RemoteSignal& signal) const {
  const auto encoded = [&] {
    return format_.encode([&](WireWriter& writer) { wire_write(writer, signal); });
  };
  if (!can_travel(signal.reason, levels_around_reason)) {
    make_small(signal, "it is nested deeper than " + std::to_string(limits::decode_depth_max) +
                           " levels or has more than " +
                           std::to_string(limits::decode_elements_max) + " elements in one place");
  }
  Bytes bytes = encoded();
  if (bytes.size() <= limits::frame_size_bytes_max) return bytes;
  const std::string size = std::to_string(bytes.size()) + " bytes";
  if (!is_answer(signal.kind)) {
    return Error(ErrorCode::invalid_argument, "the message of " + size + " is larger than " +
                                                  size_limit() + ": send it in parts");
  }
  make_small(signal, "its " + size + " are more than " + size_limit());
  return encoded();
}

Result<void> RemoteRouter::send(RemoteSignal signal) {
  Result<Bytes> bytes = encode(signal);
  if (!bytes) return bytes.error();
  transport::Address to;
  {
    const MutexLock lock(mutex_);
    const auto known = addresses_.find(signal.to.node);
    if (known == addresses_.end()) {
      return {ErrorCode::no_connection,
              "the node of " + to_string(signal.to) + " is not connected"};
    }
    // Recorded before it is sent: the answer may arrive before this thread continues.
    if (auto noted = watches_.sent(signal); !noted) return noted;
    to = known->second;
    ++counters_.sent;
  }
  auto done = transport_.send(to, transport::Channel::app, std::move(*bytes));
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
    // A plain thread that sends has a null pid, hence no boot.
    const bool is_forged = signal.from.node != 0 && signal.from.node != from.id.boot;
    if (!decoded || !is_good(signal) || is_forged || signal.to.node != self_ ||
        removed_boots_.contains(from.id.boot)) {
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

void RemoteRouter::forget_call(const Reference& call) {
  const MutexLock lock(mutex_);
  watches_.forget_call(call);
}

RouterCounters RemoteRouter::counters() const {
  const MutexLock lock(mutex_);
  return counters_;
}

}  // namespace kith::cluster
