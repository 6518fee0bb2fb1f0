// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <map>
#include <utility>
#include <vector>

#include "actor/remote.hpp"
#include "core/node_id.hpp"
#include "core/pid.hpp"
#include "core/result.hpp"

namespace kith::cluster {

/// Tracks the open calls, monitors and links with each other node, which must be answered when a
/// connection is lost. Invariant: each is answered exactly once, by the other node or by `lost`: an
/// entry is erased by its answer, and an answer without an entry is not delivered. A node without
/// open entries has no `Watches`. Pure logic. Thread-safety: none; plain value. Source:
/// actor/remote.hpp, docs/cluster-protocol.md#signals-between-processes.
class RemoteWatches {
 public:
  /// Allows up to `open_max` open calls, monitors and links with one node.
  explicit RemoteWatches(std::size_t open_max = 1'000'000) : open_max_(open_max) {}

  /// Records what a signal to another node opens or closes. Error: `overloaded` (`open_max`); then
  /// nothing was recorded and the signal must not be sent.
  Result<void> sent(const RemoteSignal& signal);
  /// Undoes `sent` for a signal that could not be sent. False if `lost` has answered it meanwhile.
  bool unsent(const RemoteSignal& signal);
  /// Records what a signal from another node opens or closes. False if it answers a call, monitor
  /// or link that is not open (answered before): it must not be delivered.
  [[nodiscard]] bool received(const RemoteSignal& signal);
  /// Closes all entries of a boot whose connection is lost and returns the signals for local
  /// processes, in a fixed order: calls fail, monitors fire and links break with "noconnection";
  /// monitors of the other node on local processes are removed, and open unlinks acknowledged.
  [[nodiscard]] std::vector<RemoteSignal> lost(BootId boot);
  /// Closes a call whose caller no longer waits. Its answer will not be delivered.
  void forget_call(const Reference& call);
  /// Returns the number of open calls, monitors and links with this boot.
  [[nodiscard]] std::size_t open(BootId boot) const;

 private:
  struct Ends {
    Pid local;
    Pid remote;
    friend auto operator<=>(const Ends&, const Ends&) = default;
  };
  /// State of a link as the local process will see it after it has handled all delivered signals.
  /// This node does not know which of them it has handled, except for the unlinks that it has
  /// acknowledged. The process applies the same rules: actor/internal/links.hpp.
  struct Link {
    bool active = false;
    Reference unlinking;    ///< `unlink` of the local process that is not acknowledged yet
    Reference pending;      ///< last `unlink` that the local process has not acknowledged yet
    bool relinked = false;  ///< a `link` arrived after the pending `unlink`
    [[nodiscard]] bool is_over() const { return !active && !unlinking && !pending; }
  };
  struct Watches {
    std::map<Reference, Ends> calls;
    std::map<Reference, Ends> monitors;   ///< of local processes on remote ones
    std::map<Reference, Ends> monitored;  ///< of remote processes on local ones
    std::map<Ends, Link> links;
    [[nodiscard]] std::size_t size() const {
      return calls.size() + monitors.size() + monitored.size() + links.size();
    }
  };

  void sent_of_link(Watches& watches, const RemoteSignal& signal);
  bool received_of_link(Watches& watches, const RemoteSignal& signal);
  void drop_if_empty(BootId boot);

  std::size_t open_max_;
  std::map<BootId, Watches> watches_;
};

}  // namespace kith::cluster
