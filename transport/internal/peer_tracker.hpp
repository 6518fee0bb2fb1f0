#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/node_id.hpp"
#include "transport/frame.hpp"
#include "transport/transport.hpp"

namespace kith::transport::internal {

/// A peer whose app stream broke.
struct LostPeer {
  NodeId id;
  Address address;
  friend bool operator==(const LostPeer&, const LostPeer&) = default;
};

/// What is to be done about a frame, in this order.
struct Verdict {
  std::vector<LostPeer> lost;  ///< end the outgoing app stream to these and tell the owner
  bool greet = false;          ///< begin a new app stream to the sender with an empty frame
  bool deliver = false;        ///< hand the messages to the owner
};

/// Decides which frames belong to a living stream and which peers are lost. It is the whole rule:
/// an app stream is lost in both directions at once. Who finds a break (gap, restart, disconnect)
/// tells its owner once, takes nothing more of the peer's old session, and begins a new session of
/// its own; the peer finds the new session, does the same, and its new session is then accepted in
/// silence. Thread-safety: none. Source: PROTOCOL, "Identity" and "Channels".
class PeerTracker {
 public:
  /// Judges the header of a frame of our cluster.
  [[nodiscard]] Verdict on_frame(const FrameHeader& header);
  /// Our app stream to this address broke or was closed: the peer to report, unless none is known
  /// there or it was already reported.
  [[nodiscard]] std::optional<LostPeer> on_broken(const Address& address);

  /// Names remembered; frames of further ones are dropped. More than any cluster has nodes.
  static constexpr std::size_t peers_max = 4096;
  /// Older boots remembered for each name.
  static constexpr std::size_t retired_boots_max = 8;

 private:
  struct PeerState {
    BootId boot = 0;
    Address address;
    std::uint64_t session = 0;  ///< of its app stream to us; 0: none yet
    std::uint64_t next_sequence = 1;
    bool lost = false;  ///< reported; only a newer session counts
    std::deque<BootId> retired;
  };

  PeerState* find_or_add(const FrameHeader& header, Verdict& verdict);
  static void restart(PeerState& peer, const FrameHeader& header, Verdict& verdict);
  static void judge_app(PeerState& peer, const FrameHeader& header, Verdict& verdict);
  static void lose(PeerState& peer, const std::string& name, Verdict& verdict);
  void evict_others_at(const FrameHeader& header, Verdict& verdict);

  std::map<std::string, PeerState> peers_;  ///< by node name
};

}  // namespace kith::transport::internal
