#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "core/result.hpp"
#include "core/value.hpp"
#include "transport/request_client.hpp"

namespace kith::cli {

/// Asks a node in the form of docs/protocol.md. Thread-safety: none; one owner.
class NodeClient {
 public:
  /// Errors: `no_connection`, saying how to start or name a node.
  static Result<NodeClient> connect(const std::string& address);

  /// One operation with its arguments. Errors: those of the node, `no_connection`, `timeout`.
  Result<Value> ask(const std::string& operation, ValueMap arguments,
                    Duration timeout = std::chrono::seconds(10));
  [[nodiscard]] const std::string& address() const { return address_; }

 private:
  NodeClient(std::string address, transport::RequestClient client)
      : address_(std::move(address)), client_(std::move(client)) {}

  std::string address_;
  transport::RequestClient client_;
};

/// What is inside a reply: the result, or the node's error.
[[nodiscard]] Result<Value> unwrap_reply(BytesView reply);

/// A member as `members` lists it.
struct MemberRow {
  std::string name;
  std::string address;
  std::string status;
};
/// The member list of a node. Errors: as `NodeClient::ask`.
Result<std::vector<MemberRow>> members_of(const std::string& address);
/// Waits until a node has so many members that are up. Errors: `timeout`, `no_connection`.
Result<void> wait_for_members(const std::string& address, std::size_t count,
                              std::chrono::milliseconds patience);

}  // namespace kith::cli
