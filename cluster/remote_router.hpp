// SPDX-License-Identifier: Apache-2.0
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

/// Counters for `kith info`; they only increase.
struct RouterCounters {
  std::uint64_t sent = 0;
  std::uint64_t received = 0;
  std::uint64_t refused = 0;  ///< malformed, forged, or from a removed boot
  std::uint64_t late = 0;     ///< answers after "noconnection" was delivered in their place
};

/// Routes signals between processes of different nodes, over the transport's `app` channel.
///
/// Thread-safety: any thread; but `receive` and `on_lost` must be called by the transport's thread,
/// in its order. Lock order: `delivery_`, then `mutex_`. `mutex_` guards the tables and is never
/// held while calling foreign code. `delivery_` is held while incoming signals (or "noconnection"
/// in their place) are delivered: no signal of a connection may be delivered after its end, and
/// another thread may deliver the end (`remove_member`). The receiver may call `send` meanwhile,
/// which locks only `mutex_`; it must not call the other functions.
class RemoteRouter final : public RemoteSender {
 public:
  /// All of these must outlive the router.
  RemoteRouter(BootId self, transport::Transport& transport, const WireFormat& format,
               RemoteReceiver& receiver);

  /// Adds a member, or changes its address.
  void set_member(const NodeId& id, const transport::Address& address);
  /// Removes a member that ended or is unreachable: answers all open calls, monitors and links with
  /// "noconnection" and refuses its signals until `set_member`.
  void remove_member(BootId boot);
  /// Sends a signal to another node. Errors: `no_connection` (unknown node), `overloaded`,
  /// `invalid_argument` (a message or call larger than a frame); after an error nothing was sent or
  /// recorded, and the caller must answer it itself. Replaces an answer (`reply`, `call_failed`,
  /// `exit`, `down`) that is too large for a frame or a decoder by a small one that says so.
  Result<void> send(RemoteSignal signal) override;
  void forget_call(const Reference& call) override;
  /// Handles a message of the `app` channel. Answers to a node that is not a member yet go to the
  /// address in its frame. Counts and drops malformed messages.
  void receive(const transport::Peer& from, BytesView message);
  /// Handles the loss of the session with this boot: answers all that is open with "noconnection".
  /// The next message begins a new session.
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
  std::set<BootId> removed_boots_ KITH_GUARDED_BY(mutex_);
  RemoteWatches watches_ KITH_GUARDED_BY(mutex_);
  RouterCounters counters_ KITH_GUARDED_BY(mutex_);
};

}  // namespace kith::cluster
