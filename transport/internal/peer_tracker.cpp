// SPDX-License-Identifier: Apache-2.0
#include "transport/internal/peer_tracker.hpp"

#include <algorithm>

namespace kith::transport::internal {

Verdict PeerTracker::on_frame(const FrameHeader& header) {
  Verdict verdict;
  PeerState* peer = find_or_add(header, verdict);
  if (!peer) return verdict;
  peer->address = header.sender_address;
  if (header.channel == Channel::app)
    judge_app(*peer, header, verdict);
  else
    verdict.deliver = true;
  return verdict;
}

void PeerTracker::on_opened(const Address& address, std::uint64_t session) {
  our_sessions_.insert_or_assign(address, session);
}

void PeerTracker::on_closed(const Address& address) {
  our_sessions_.erase(address);
}

std::optional<NodeId> PeerTracker::on_broken(const Address& address, bool messages_since) {
  for (auto& [key, peer] : peers_) {
    if (peer.address != address) continue;
    if (peer.lost && !messages_since) return std::nullopt;
    peer.lost = true;
    return NodeId{key.first, peer.boot};
  }
  return std::nullopt;
}

bool PeerTracker::on_session_broken(const FrameHeader& header) {
  const auto found = peers_.find({header.sender.name, header.sender_address});
  if (found == peers_.end()) return false;
  PeerState& peer = found->second;
  const bool current = peer.boot == header.sender.boot && peer.session == header.session;
  if (!current || peer.lost) return false;
  peer.lost = true;
  return true;
}

std::uint64_t PeerTracker::given_up(const Address& address) const {
  for (const auto& [key, peer] : peers_) {
    if (peer.address == address) return peer.lost ? peer.session : 0;
  }
  return 0;
}

/// Returns the entry of the sender, created or restarted as needed; null if the frame is to be
/// dropped: it is of an earlier boot, or there are too many peers.
PeerTracker::PeerState* PeerTracker::find_or_add(const FrameHeader& header, Verdict& verdict) {
  const auto found = peers_.find({header.sender.name, header.sender_address});
  if (found == peers_.end()) {
    evict_others_at(header, verdict);
    if (peers_.size() >= peers_max) return nullptr;
    PeerState& peer = peers_[{header.sender.name, header.sender_address}];
    peer.boot = header.sender.boot;
    return &peer;
  }
  PeerState& peer = found->second;
  if (peer.boot == header.sender.boot) return &peer;
  if (std::ranges::find(peer.retired, header.sender.boot) != peer.retired.end()) return nullptr;
  restart(peer, header, verdict);
  return &peer;
}

/// Resets the entry of a node that has restarted, and reports its earlier boot as lost.
void PeerTracker::restart(PeerState& peer, const FrameHeader& header, Verdict& verdict) {
  if (!peer.lost) verdict.end.push_back(peer.address);
  lose(peer, header.sender.name, verdict);
  peer.retired.push_back(peer.boot);
  if (peer.retired.size() > retired_boots_max) peer.retired.pop_front();
  peer.boot = header.sender.boot;
  peer.session = 0;
  peer.next_sequence = 1;
  peer.lost = false;
}

/// Decides about a frame on the app channel. A frame of an earlier session, or of a session that
/// was given up, is dropped; one that refuses our session, begins a new session or leaves a gap
/// reports the loss once.
void PeerTracker::judge_app(PeerState& peer, const FrameHeader& header, Verdict& verdict) {
  const bool newer = header.session > peer.session;
  if (!newer && (header.session < peer.session || peer.lost)) {
    verdict.greet = peer.lost;  // the sender may not know yet that its session was given up
    return;
  }
  if (is_refused(header)) {
    lose(peer, header.sender.name, verdict);
    verdict.end.push_back(peer.address);
    verdict.greet = true;
  }
  if (newer) {
    if (peer.session != 0) lose(peer, header.sender.name, verdict);
    peer.session = header.session;
    peer.next_sequence = 1;
  }
  peer.lost = false;
  if (header.sequence == peer.next_sequence) {
    ++peer.next_sequence;
    verdict.deliver = true;
    return;
  }
  if (verdict.lost.empty()) lose(peer, header.sender.name, verdict);
  peer.lost = true;
  verdict.end.push_back(peer.address);
  verdict.greet = true;
}

/// True if the sender has given up our app stream to it.
bool PeerTracker::is_refused(const FrameHeader& header) const {
  if (header.given_up == 0) return false;
  const auto ours = our_sessions_.find(header.sender_address);
  return ours != our_sessions_.end() && ours->second <= header.given_up;
}

void PeerTracker::lose(PeerState& peer, const std::string& name, Verdict& verdict) {
  if (peer.lost) return;
  peer.lost = true;
  verdict.lost.push_back({name, peer.boot});
}

/// Removes nodes with other names at the address of the sender, and reports them as lost.
void PeerTracker::evict_others_at(const FrameHeader& header, Verdict& verdict) {
  for (auto at = peers_.begin(); at != peers_.end();) {
    if (at->second.address != header.sender_address || at->first.first == header.sender.name) {
      ++at;
      continue;
    }
    if (!at->second.lost) verdict.end.push_back(at->second.address);
    lose(at->second, at->first.first, verdict);
    at = peers_.erase(at);
  }
}

}  // namespace kith::transport::internal
