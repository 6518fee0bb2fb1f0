// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

#include "core/bytes.hpp"
#include "core/pid.hpp"
#include "core/result.hpp"
#include "core/value.hpp"
#include "core/wire_types.hpp"

namespace kith {

/// A signal from a process of one node to a process of another. Thread-safety: plain value.
struct RemoteSignal {
  enum class Kind : std::uint8_t {
    message,      ///< `name` and `body`: a message without an answer
    call,         ///< `name`, `body`, `reference`: answered by `reply` or `call_failed`
    reply,        ///< `reference`, `body`
    call_failed,  ///< `reference`, `reason` (exit reason, e.g. "noproc") or `body` empty and an
                  ///< error
    link,
    unlink,               ///< `reference`: answered by `unlink_acknowledged`; `reason`: null, or
                          ///< "noconnection" when the connection was lost
    exit,                 ///< `reason`: an exit signal through a link or by `exit(pid, reason)`
    monitor,              ///< `reference`; answered by one `down`
    demonitor,            ///< `reference`
    down,                 ///< `reference`, `reason`
    unlink_acknowledged,  ///< `reference` of the `unlink`; sent before anything else to its sender
  };
  Kind kind = Kind::message;
  Pid from;
  Pid to;
  Reference reference;
  std::string name;  ///< wire name of the message in `body`
  Bytes body;        ///< the message or reply, encoded by the system's `WireFormat`
  Value reason;
  bool linked = false;  ///< exit: sent through a link; "kill" is an ordinary reason then

  KITH_FIELDS(kind, from, to, reference, name, body, reason, linked)
};

/// Sends signals to processes of other nodes; implemented by cluster/. Thread-safety: any thread.
class RemoteSender {
 public:
  virtual ~RemoteSender() = default;
  /// Sends a signal, in order per pair of processes. Errors: `no_connection` (unknown or
  /// unreachable node), `overloaded`. For `link`, `monitor` and `call` an implementation guarantees
  /// that exactly one answer (`exit`, `down`, `reply` or `call_failed`) is delivered, with reason
  /// "noconnection" if the connection is lost.
  virtual Result<void> send(RemoteSignal signal) = 0;
  /// Drops what is kept for the answer of this call: its caller no longer waits.
  virtual void forget_call(const Reference&) {}
};

/// Receives signals from other nodes for local processes; implemented by `System`.
/// Thread-safety: any thread.
class RemoteReceiver {
 public:
  virtual ~RemoteReceiver() = default;
  /// Delivers a signal, or answers through the `RemoteSender` if the target does not exist (call:
  /// `call_failed` noproc; monitor: `down` noproc; link: `exit` noproc).
  virtual void deliver(RemoteSignal signal) = 0;
};

}  // namespace kith
