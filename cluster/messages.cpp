// SPDX-License-Identifier: Apache-2.0
#include "cluster/messages.hpp"

#include <algorithm>
#include <string>

#include "cluster/message_codec.hpp"
#include "core/limits.hpp"

namespace kith::cluster {
namespace {

/// Bounds the weight of another node: a larger one takes all partitions, and computing a partition
/// map takes time proportional to the sum of weights.
constexpr std::uint32_t weight_max = 64;

bool is_good_name(const std::string& name) {
  return !name.empty() && name.size() <= limits::name_size_bytes_max;
}

bool is_good(const MemberState& state) {
  return is_good_name(state.name) && state.boot != 0 && state.status <= MemberStatus::left &&
         state.weight <= weight_max && state.by.size() <= limits::name_size_bytes_max &&
         is_good_name(state.address);
}

bool are_good(const std::vector<MemberState>& states) {
  return std::all_of(states.begin(), states.end(), is_good);
}

/// Validates what the wire format cannot: names, enums, weights.
struct Judge {
  bool operator()(const Ping& m) const { return are_good(m.gossip); }
  bool operator()(const PingRequest& m) const {
    return is_good_name(m.target_address) && are_good(m.gossip);
  }
  bool operator()(const Ack& m) const { return are_good(m.gossip); }
  bool operator()(const Nack&) const { return true; }
  bool operator()(const Gossip& m) const { return are_good(m.gossip); }
  bool operator()(const PushPull& m) const { return are_good(m.members); }
  bool operator()(const JoinRequest& m) const {
    return is_good_name(m.cluster) && is_good(m.self) && are_good(m.members);
  }
  bool operator()(const JoinAnswer& m) const {
    return m.refusal <= Refusal::replaced && are_good(m.members);
  }
  bool operator()(const Leave&) const { return true; }
};

}  // namespace

Bytes encode(const MembershipMessage& message, const WireFormat& format) {
  return encode_variant(message, format);
}

Result<MembershipMessage> decode_membership(BytesView bytes, const WireFormat& format) {
  auto message = decode_variant<MembershipMessage>(bytes, format);
  if (message && !std::visit(Judge{}, *message)) {
    return {ErrorCode::decode, "a membership message has a bad name, address, status or weight"};
  }
  return message;
}

transport::Channel channel_of(const MembershipMessage& message) {
  const bool is_probe =
      std::holds_alternative<Ping>(message) || std::holds_alternative<PingRequest>(message) ||
      std::holds_alternative<Ack>(message) || std::holds_alternative<Nack>(message);
  return is_probe ? transport::Channel::control : transport::Channel::state;
}

}  // namespace kith::cluster
