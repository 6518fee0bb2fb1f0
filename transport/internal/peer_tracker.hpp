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

/// What is to be done about a frame, in this order.
struct Verdict {
  std::vector<Address> end;  ///< end the outgoing app streams to these
  std::vector<NodeId> lost;  ///< tell the owner about these
  bool greet = false;        ///< begin an app stream to the sender, with an empty frame
  bool deliver = false;      ///< hand the messages to the owner
};

/// Decides which frames belong to a living stream and which peers are lost: the app streams between
/// two nodes are lost in both directions at once. Who finds a break (gap, restart, disconnect)
/// tells its owner, gives up the peer's session, and begins a new one of its own, whose frames say
/// which session was given up. The peer finds the new session, tells its owner, and begins a new
/// one too if its own was given up; that one is then accepted in silence. Nobody begins a new
/// session for any other reason, so it ends there. Thread-safety: none. Source:
/// docs/cluster-protocol.md#sessions-and-sequence.
class PeerTracker {
 public:
  /// Judges the header of a frame of our cluster.
  [[nodiscard]] Verdict on_frame(const FrameHeader& header);
  /// Our app stream to this address began: its frames carry this session.
  void on_opened(const Address& address, std::uint64_t session);
  /// Our app stream to this address is closed, for whatever reason.
  void on_closed(const Address& address);
  /// Our app stream to this address broke: the peer to report, unless none is known there or it was
  /// reported and nothing was sent since (`messages_since` is false).
  [[nodiscard]] std::optional<NodeId> on_broken(const Address& address, bool messages_since);
  /// The session of this sender broke: whether to report it.
  [[nodiscard]] bool on_session_broken(const FrameHeader& header);
  /// What frames to this address must say is given up.
  [[nodiscard]] std::uint64_t given_up(const Address& address) const;

  /// Peers remembered; frames of further ones are dropped. More than any cluster has nodes.
  static constexpr std::size_t peers_max = 4096;
  /// Older boots remembered for each name.
  static constexpr std::size_t retired_boots_max = 8;

 private:
  struct PeerState {
    BootId boot = 0;
    Address address;
    std::uint64_t session = 0;  ///< of its app stream to us; 0: none yet
    std::uint64_t next_sequence = 1;
    bool lost = false;  ///< reported; its session is given up
    std::deque<BootId> retired;
  };

  PeerState* find_or_add(const FrameHeader& header, Verdict& verdict);
  static void restart(PeerState& peer, const FrameHeader& header, Verdict& verdict);
  void judge_app(PeerState& peer, const FrameHeader& header, Verdict& verdict);
  [[nodiscard]] bool is_refused(const FrameHeader& header) const;
  static void lose(PeerState& peer, const std::string& name, Verdict& verdict);
  void evict_others_at(const FrameHeader& header, Verdict& verdict);

  /// By name and address: two nodes that claim one name do not disturb each other here; membership
  /// decides between them.
  using PeerKey = std::pair<std::string, Address>;
  std::map<PeerKey, PeerState> peers_;
  std::map<Address, std::uint64_t> our_sessions_;  ///< of our open app streams
};

}  // namespace kith::transport::internal
