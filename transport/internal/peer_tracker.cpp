#include "transport/internal/peer_tracker.hpp"

#include <algorithm>

namespace kith::transport::internal {

Verdict PeerTracker::on_frame(const FrameHeader& header) {
  Verdict verdict;
  PeerState* peer = find_or_add(header, verdict);
  if (!peer) return verdict;
  peer->address = header.sender_address;
  if (header.channel == Channel::app) judge_app(*peer, header, verdict);
  else verdict.deliver = true;
  return verdict;
}

std::optional<LostPeer> PeerTracker::on_broken(const Address& address) {
  for (auto& [name, peer] : peers_) {
    if (peer.address != address) continue;
    if (peer.lost) return std::nullopt;
    peer.lost = true;
    return LostPeer{{name, peer.boot}, address};
  }
  return std::nullopt;
}

/// The sender's entry, made or renewed if need be; null when the frame is to be dropped.
PeerTracker::PeerState* PeerTracker::find_or_add(const FrameHeader& header, Verdict& verdict) {
  const auto found = peers_.find(header.sender.name);
  if (found == peers_.end()) {
    evict_others_at(header, verdict);
    if (peers_.size() >= peers_max) return nullptr;
    PeerState& peer = peers_[header.sender.name];
    peer.boot = header.sender.boot;
    return &peer;
  }
  PeerState& peer = found->second;
  if (peer.boot == header.sender.boot) return &peer;
  if (std::ranges::find(peer.retired, header.sender.boot) != peer.retired.end()) return nullptr;
  restart(peer, header, verdict);
  return &peer;
}

/// The node of this name runs anew.
void PeerTracker::restart(PeerState& peer, const FrameHeader& header, Verdict& verdict) {
  lose(peer, header.sender.name, verdict);
  peer.retired.push_back(peer.boot);
  if (peer.retired.size() > retired_boots_max) peer.retired.pop_front();
  peer.boot = header.sender.boot;
  peer.session = 0;
  peer.next_sequence = 1;
  peer.lost = false;
}

void PeerTracker::judge_app(PeerState& peer, const FrameHeader& header, Verdict& verdict) {
  const bool old = header.session < peer.session || (header.session == peer.session && peer.lost);
  if (old) {
    verdict.greet = peer.lost;  // it does not know yet that we have given the stream up
    return;
  }
  if (header.session > peer.session) {
    if (peer.session != 0) {
      verdict.greet = !peer.lost;
      lose(peer, header.sender.name, verdict);
    }
    peer.session = header.session;
    peer.next_sequence = 1;
    peer.lost = false;
  }
  if (header.sequence == peer.next_sequence) {
    ++peer.next_sequence;
    verdict.deliver = true;
    return;
  }
  if (verdict.lost.empty()) lose(peer, header.sender.name, verdict);
  peer.lost = true;
  verdict.greet = true;
}

void PeerTracker::lose(PeerState& peer, const std::string& name, Verdict& verdict) {
  if (peer.lost) return;
  peer.lost = true;
  verdict.lost.push_back({{name, peer.boot}, peer.address});
}

/// A node with another name at the same address has taken the place of the one we knew.
void PeerTracker::evict_others_at(const FrameHeader& header, Verdict& verdict) {
  for (auto at = peers_.begin(); at != peers_.end();) {
    if (at->second.address != header.sender_address) {
      ++at;
      continue;
    }
    lose(at->second, at->first, verdict);
    at = peers_.erase(at);
  }
}

}  // namespace kith::transport::internal
