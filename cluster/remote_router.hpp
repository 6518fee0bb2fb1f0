#pragma once

#include <cstdint>
#include <map>
#include <set>

#include "actor/remote.hpp"
#include "cluster/remote_watches.hpp"
#include "core/bytes.hpp"
#include "core/mutex.hpp"
#include "core/node_id.hpp"
#include "core/result.hpp"
#include "core/wire.hpp"
#include "transport/transport.hpp"

namespace kith::cluster {

/// Counters for `kith info`; only grow.
struct RouterCounters {
  std::uint64_t sent = 0;
  std::uint64_t received = 0;
  std::uint64_t refused = 0;  ///< malformed, forged, or from a boot that is over
  std::uint64_t late = 0;     ///< answers to what had been answered with "noconnection"
};

/// The way of signals between processes of different nodes, over the transport's `app` stream.
///
/// Thread-safety: any thread; but `receive` and `on_lost` must come from the transport's thread, in
/// its order. Two mutexes: one guards the tables and is never held while calling foreign code; the
/// other is held while signals from outside (or "noconnection" in their place) are delivered,
/// because nothing of a connection may be delivered after its end was told, and the end may be told
/// by another thread (`remove_member`). The receiver may call `send` meanwhile, which takes only
/// the first. It must not call the other functions.
class RemoteRouter final : public RemoteSender {
 public:
  /// All of these must outlive the router.
  RemoteRouter(BootId self, transport::Transport& transport, const WireFormat& format,
               RemoteReceiver& receiver);

  /// A member can be reached there.
  void set_member(const NodeId& id, const transport::Address& address);
  /// A member is over or unreachable: what is open with it is answered with "noconnection", and it
  /// is not listened to until `set_member`.
  void remove_member(BootId boot);
  /// Errors: `no_connection` (unknown node), `overloaded`, `invalid_argument` (a message or call
  /// larger than a frame). After an error nothing was sent or noted: the sender answers for it
  /// itself. In place of an answer that is too large for a frame or for a decoder (`reply`,
  /// `call_failed`, `exit`, `down`) a small one goes that says so.
  Result<void> send(RemoteSignal signal) override;
  void forget_call(const Reference& call) override;
  /// A message of the `app` stream. A node that has not been announced yet is answered where it
  /// says it is. Bad bytes are counted and passed over.
  void receive(const transport::Peer& from, BytesView message);
  /// The `app` stream to this boot broke: what is open is answered; the next message begins a new
  /// session.
  void on_lost(BootId boot);
  [[nodiscard]] RouterCounters counters() const;

 private:
  Result<Bytes> encode(RemoteSignal& signal) const;
  void deliver_lost(BootId boot) KITH_REQUIRES(delivery_);

  const BootId self_;
  transport::Transport& transport_;
  const WireFormat& format_;
  RemoteReceiver& receiver_;
  Mutex delivery_;  ///< taken before `mutex_`
  mutable Mutex mutex_;
  std::map<BootId, transport::Address> addresses_ KITH_GUARDED_BY(mutex_);
  std::set<BootId> over_ KITH_GUARDED_BY(mutex_);
  RemoteWatches watches_ KITH_GUARDED_BY(mutex_);
  RouterCounters counters_ KITH_GUARDED_BY(mutex_);
};

}  // namespace kith::cluster
