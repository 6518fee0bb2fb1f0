// SPDX-License-Identifier: Apache-2.0
#include "cli/node_client.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "cli/child_node.hpp"
#include "core/clock.hpp"
#include "transport/codec.hpp"

namespace kith::cli {

Result<NodeClient> NodeClient::connect(const std::string& address, Duration timeout) {
  auto client = transport::RequestClient::connect(address, timeout);
  if (client) return NodeClient(address, std::move(*client));
  const std::string& text = client.error().text();
  switch (client.error().code()) {
    case ErrorCode::timeout:
      return Error(ErrorCode::no_connection, text);
    case ErrorCode::no_connection:
      return Error(ErrorCode::no_connection,
                   fmt::format("no node answers: {}; start one with `kith start`, or name another "
                               "with --node or KITH_NODE",
                               text));
    default:
      return client.error();
  }
}

Result<Value> unwrap_reply(BytesView reply) {
  Result<Value> decoded = transport::decode_value(reply);
  if (!decoded) return decoded.error();
  if (const Value* result = decoded->find("ok")) return *result;
  const Value* error = decoded->find("error");
  const Value* code = error == nullptr ? nullptr : error->find("code");
  const Value* text = error == nullptr ? nullptr : error->find("text");
  if (code == nullptr || text == nullptr) {
    return Error(ErrorCode::decode, "the reply is neither a result nor an error");
  }
  return Error(error_code_from_string(code->text_or("")).value_or(ErrorCode::internal),
               text->text_or(""));
}

Result<Value> NodeClient::ask(const std::string& operation, ValueMap arguments, Duration timeout) {
  arguments["op"] = operation;
  const auto reply = client_.request(transport::encode_value(std::move(arguments)), timeout);
  if (!reply) {
    if (reply.error().code() != ErrorCode::timeout) return reply.error();
    return Error(ErrorCode::timeout,
                 fmt::format("the node at {} did not answer in time", address_));
  }
  return unwrap_reply(*reply);
}

Result<std::vector<MemberRow>> members_of(const std::string& address) {
  auto client = NodeClient::connect(address);
  if (!client) return client.error();
  const auto reply = client->ask("members", {});
  if (!reply) return reply.error();
  std::vector<MemberRow> rows;
  const Value* list = reply->find("members");
  const auto* members = list == nullptr ? nullptr : list->get_if<ValueArray>();
  if (members == nullptr) return Error(ErrorCode::decode, "the node's member list is malformed");
  for (const Value& member : *members) {
    const auto text = [&](const char* field) {
      const Value* value = member.find(field);
      return value == nullptr ? std::string() : value->text_or("");
    };
    rows.push_back({text("name"), text("address"), text("status")});
  }
  return rows;
}

Result<void> wait_for_members(const std::string& address, std::size_t count,
                              std::chrono::milliseconds timeout) {
  const auto until = SystemClock().now() + timeout;
  for (;;) {
    const auto rows = members_of(address);
    if (!rows) return rows.error();
    const auto up = std::ranges::count(*rows, std::string("up"), &MemberRow::status);
    if (static_cast<std::size_t>(up) == count) return {};
    if (SystemClock().now() > until) {
      return Error(ErrorCode::timeout, fmt::format("the node at {} has {} members up, expected {}",
                                                   address, up, count));
    }
    pause_for(std::chrono::milliseconds(20));
  }
}

}  // namespace kith::cli
