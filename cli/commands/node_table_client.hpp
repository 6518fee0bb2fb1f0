// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "cli/commands/context.hpp"
#include "cli/node_client.hpp"
#include "core/clock.hpp"
#include "core/result.hpp"
#include "core/value.hpp"

namespace kith::cli {

/// The tables of a node, each as returned by `info`.
struct LocalTables {
  std::string node;
  ValueArray tables;
};
/// The shared tables, and the nodes that did not answer.
struct SharedTables {
  ValueArray tables;
  std::vector<std::string> unreachable;
};

/// Sends requests for one of a node's own tables over one connection. Errors for a missing or taken
/// name suggest what to do. Thread-safety: none; one owner.
class NodeTableClient {
 public:
  /// Errors: as `NodeClient::connect`.
  static Result<NodeTableClient> connect(const Context& context, std::string table);

  /// Sends one action of docs/protocol.md, "Tables of a node". `page_timeout` extends the time left
  /// of the command. Errors: those of the node.
  Result<Value> ask(const std::string& action, ValueMap arguments = {},
                    Duration page_timeout = Duration::zero());
  /// Passes the items of a stream to `take`, page by page, until it returns false or they end.
  /// Returns whether they have ended. The node may wait `page_timeout` for each page.
  Result<bool> for_each_page(const std::string& action, ValueMap arguments, Duration page_timeout,
                             const std::function<bool(const ValueArray& items)>& take);
  /// Returns the names of all tables of the node.
  Result<std::vector<std::string>> names();
  Result<LocalTables> list();
  Result<SharedTables> shared();

 private:
  NodeTableClient(NodeClient client, std::string table, const Context& context)
      : client_(std::move(client)), table_(std::move(table)), context_(context) {}
  /// All pages of a list share the timeout of the command.
  [[nodiscard]] Duration time_left() const {
    return context_.time_left(ask_timeout_default, SystemClock().now());
  }
  [[nodiscard]] Error explained(const Error& error, const std::string& action);

  NodeClient client_;
  std::string table_;
  Context context_;
};

}  // namespace kith::cli
