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

/// What is open between this node and each other node, and so what must be answered when a
/// connection is lost: calls without a reply, monitors, links. Each is answered exactly once.
/// Pure logic. Thread-safety: none; plain value. Source: actor/remote.hpp,
/// docs/cluster-protocol.md#signals-between-processes.
class RemoteWatches {
 public:
  /// At most so many calls, monitors and links may be open with one node.
  explicit RemoteWatches(std::size_t open_max = 1'000'000) : open_max_(open_max) {}

  /// Notes what a signal to another node opens or closes. Errors: `overloaded` (`open_max`); then
  /// nothing is noted and the signal must not be sent.
  Result<void> sent(const RemoteSignal& signal);
  /// Takes back what `sent` opened, because the signal could not be sent. False when it has been
  /// answered by `lost` in the meantime.
  bool unsent(const RemoteSignal& signal);
  /// Notes what a signal from another node opens or closes. False when it answers nothing that is
  /// open (its call, monitor or link was answered before): then it must not be delivered.
  [[nodiscard]] bool received(const RemoteSignal& signal);
  /// The connection to this boot is lost: what local processes are to be told, in a fixed order.
  /// Calls fail, monitors fire, links break with "noconnection"; monitors that the other node holds
  /// on local processes are taken off, and what a local process has unlinked is acknowledged.
  [[nodiscard]] std::vector<RemoteSignal> lost(BootId boot);
  /// Forgets a call whose caller waits no more. Its answer will not be delivered.
  void forget_call(const Reference& call);
  /// Calls, monitors and links open with this boot.
  [[nodiscard]] std::size_t open(BootId boot) const;

 private:
  struct Ends {
    Pid local;
    Pid remote;
    friend auto operator<=>(const Ends&, const Ends&) = default;
  };
  /// What is known here of a link, as the local process will see it when it has handled all that
  /// was delivered: of what it has handled nothing is known but its answers to `unlink`. See
  /// actor/internal/links.hpp, which plays the same rules in the process.
  struct Link {
    bool active = false;
    Reference unlinking;    ///< the local process' `unlink` that is not acknowledged
    Reference pending;      ///< the last `unlink` that the local process has not acknowledged
    bool relinked = false;  ///< a `link` came after the pending one
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
