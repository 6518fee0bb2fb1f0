// SPDX-License-Identifier: Apache-2.0
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

/// The actions on a frame, in this order.
struct Verdict {
  std::vector<Address> end;  ///< close the outgoing app streams to these addresses
  std::vector<NodeId> lost;  ///< notify the owner of the loss of these peers
  bool greet = false;        ///< begin an app stream to the sender, with an empty frame
  bool deliver = false;      ///< deliver the messages to the owner
};

/// Decides which frames belong to a live stream and which peers are lost. The app streams between
/// two nodes are lost in both directions at once: the node that detects a break (gap, restart,
/// disconnect) notifies its owner, gives up the peer's session, and begins a new session of its
/// own, whose frames name the session that was given up. The peer receives the new session,
/// notifies its owner, and begins a new session too if its own was given up; the first node accepts
/// that one without a notification. There is no other reason for a new session, so the exchange
/// ends there. Thread-safety: none. Source: docs/cluster-protocol.md#sessions-and-sequence.
class PeerTracker {
 public:
  /// Returns the actions on a frame of our cluster with this header.
  [[nodiscard]] Verdict on_frame(const FrameHeader& header);
  /// Stores that our app stream to this address began with this session.
  void on_opened(const Address& address, std::uint64_t session);
  /// Stores that our app stream to this address is closed.
  void on_closed(const Address& address);
  /// Returns the peer to report after our app stream to this address broke; nullopt if no peer is
  /// known there, or it was reported and nothing was sent since (`messages_since` is false).
  [[nodiscard]] std::optional<NodeId> on_broken(const Address& address, bool messages_since);
  /// True if the break of this sender's session is to be reported.
  [[nodiscard]] bool on_session_broken(const FrameHeader& header);
  /// Returns the `given_up` of frames to this address.
  [[nodiscard]] std::uint64_t given_up(const Address& address) const;

  /// Peers that are stored; frames of further ones are dropped. More than any cluster has nodes.
  static constexpr std::size_t peers_max = 4096;
  /// Older boots that are stored per name.
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

  /// By name and address: two nodes with the same name are separate here, and membership decides
  /// between them.
  using PeerKey = std::pair<std::string, Address>;
  std::map<PeerKey, PeerState> peers_;
  std::map<Address, std::uint64_t> our_sessions_;  ///< of our open app streams
};

}  // namespace kith::transport::internal
