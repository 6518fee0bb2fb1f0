// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "core/clock.hpp"
#include "core/result.hpp"
#include "core/value.hpp"
#include "transport/request_client.hpp"

namespace kith::cli {

/// The default connect timeout of commands.
inline constexpr Duration connect_timeout_default = std::chrono::seconds(3);

/// Sends requests to a node (docs/protocol.md). Thread-safety: none; one owner.
class NodeClient {
 public:
  /// Connects within `timeout`. Errors: `no_connection`, whose text distinguishes a node that does
  /// not answer from an address without a node, and explains how to start or name one.
  static Result<NodeClient> connect(const std::string& address,
                                    Duration timeout = connect_timeout_default);

  /// Sends one operation and waits for its result. Errors: those of the node, `no_connection`,
  /// `timeout`.
  Result<Value> ask(const std::string& operation, ValueMap arguments,
                    Duration timeout = std::chrono::seconds(10));
  [[nodiscard]] const std::string& address() const { return address_; }

 private:
  NodeClient(std::string address, transport::RequestClient client)
      : address_(std::move(address)), client_(std::move(client)) {}

  std::string address_;
  transport::RequestClient client_;
};

/// Decodes a reply: the result, or the node's error.
[[nodiscard]] Result<Value> unwrap_reply(BytesView reply);

/// A member as listed by the operation `members`.
struct MemberRow {
  std::string name;
  std::string address;
  std::string status;
};
/// Returns the members that a node lists. Errors: as `NodeClient::ask`.
Result<std::vector<MemberRow>> members_of(const std::string& address);
/// Waits until a node has exactly `count` members up. Errors: `timeout`, `no_connection`.
Result<void> wait_for_members(const std::string& address, std::size_t count,
                              std::chrono::milliseconds timeout);

}  // namespace kith::cli
