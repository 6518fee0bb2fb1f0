// SPDX-License-Identifier: Apache-2.0
#include "node/join_look.hpp"

#include "core/printable.hpp"
#include "transport/codec.hpp"
#include "transport/request_client.hpp"

namespace kith::node {
namespace {

using Kind = JoinObstacle::Kind;

Kind kind_of(transport::Reachability::Kind kind) {
  using From = transport::Reachability::Kind;
  switch (kind) {
    case From::accepts:
      return Kind::none;
    case From::bad_address:
      return Kind::bad_address;
    case From::unknown_host:
      return Kind::unknown_host;
    case From::refused:
      return Kind::refused;
    case From::unreachable:
      return Kind::unreachable;
    case From::no_answer:
      break;
  }
  return Kind::no_answer;
}

JoinObstacle silent() {
  return {Kind::no_answer,
          "accepts connections but does not answer (the node may be stopped or overloaded)"};
}

JoinObstacle no_node() {
  return {Kind::no_node, "does not speak the protocol of kith"};
}

std::string field(const Value& info, std::string_view name) {
  const Value* value = info.find(name);
  return value == nullptr ? std::string() : value->text_or("");
}

std::string_view advice(Kind kind) {
  switch (kind) {
    case Kind::bad_address:
      return ", such as 127.0.0.1:7400";
    case Kind::refused:
      return "; start a node there, or name another address";
    case Kind::other_cluster:
      return "; start one of them again with the --cluster of the other";
    default:
      return "";
  }
}

}  // namespace

std::string_view to_string(JoinObstacle::Kind kind) {
  switch (kind) {
    case Kind::none:
      return "none";
    case Kind::bad_address:
      return "bad_address";
    case Kind::unknown_host:
      return "unknown_host";
    case Kind::refused:
      return "refused";
    case Kind::unreachable:
      return "unreachable";
    case Kind::no_answer:
      return "no_answer";
    case Kind::no_node:
      return "no_node";
    case Kind::other_cluster:
      return "other_cluster";
    case Kind::not_let_in:
      return "not_let_in";
    case Kind::one_way:
      break;
  }
  return "one_way";
}

bool is_final(JoinObstacle::Kind kind) {
  return kind != Kind::none && kind != Kind::no_answer && kind != Kind::one_way;
}

Error join_error(const transport::Address& address, const JoinObstacle& obstacle) {
  const std::string subject =
      obstacle.kind == Kind::bad_address ? in_quotes(address) : printable(address);
  const std::string text = subject + " " + obstacle.text + std::string(advice(obstacle.kind));
  switch (obstacle.kind) {
    case Kind::bad_address:
      return {ErrorCode::invalid_argument, text};
    case Kind::other_cluster:
    case Kind::not_let_in:
      return {ErrorCode::conflict, text};
    case Kind::none:
    case Kind::one_way:
      return {ErrorCode::timeout, text};
    default:
      return {ErrorCode::no_connection, text};
  }
}

JoinObstacle obstacle_of_info(const Value& info, const JoinSeeker& seeker) {
  const std::string cluster = field(info, "cluster");
  const std::string name = field(info, "name");
  if (name.empty() || cluster.empty()) return no_node();
  if (cluster != seeker.cluster) {
    return {Kind::other_cluster, "belongs to the cluster " + in_quotes(cluster) + ", this one to " +
                                     in_quotes(seeker.cluster)};
  }
  if (name == seeker.id.name && field(info, "address") == seeker.address) return {};
  return {Kind::one_way, "answers questions, but has not let this node in: can it reach " +
                             seeker.address + ", which this node advertises"};
}

JoinObstacle look_at_seed(const transport::Address& address, const JoinSeeker& seeker,
                          Duration timeout) {
  const transport::Reachability reach = transport::try_address(address, timeout);
  const Kind kind = kind_of(reach.kind);
  if (kind != Kind::none) return {kind, reach.text};
  auto client = transport::RequestClient::connect(address, timeout);
  if (!client) return client.error().code() == ErrorCode::timeout ? silent() : no_node();
  const Bytes question = transport::encode_value(Value::map({{"op", "info"}}));
  const auto reply = client->request(question, timeout);
  if (!reply) return silent();
  const auto content = transport::decode_value(*reply);
  const Value* info = content ? content->find("ok") : nullptr;
  return info == nullptr ? no_node() : obstacle_of_info(*info, seeker);
}

}  // namespace kith::node
