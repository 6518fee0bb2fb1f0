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

/// The tables of a node, as `info` describes each.
struct LocalTables {
  std::string node;
  ValueArray tables;
};
/// The tables that all nodes share, and the nodes that did not say what they have of them.
struct SharedTables {
  ValueArray tables;
  std::vector<std::string> unreachable;
};

/// Asks a node about one of its own tables over one connection; errors say what to do about a
/// name that is not there, or is there already. Thread-safety: none; one owner.
class NodeTableClient {
 public:
  /// Errors: as `NodeClient::connect`.
  static Result<NodeTableClient> connect(const Context& context, std::string table);

  /// One action of docs/protocol.md, "Tables of a node". Errors: those of the node.
  Result<Value> ask(const std::string& action, ValueMap arguments = {},
                    Duration patience = Duration::zero());
  /// Gives the items of a stream to `take`, page by page, until it says false or they end; whether
  /// they have ended. Each page waits for `patience`.
  Result<bool> for_each_page(const std::string& action, ValueMap arguments, Duration patience,
                             const std::function<bool(const ValueArray& items)>& take);
  /// The names of all tables of the node.
  Result<std::vector<std::string>> names();
  Result<LocalTables> list();
  Result<SharedTables> shared();

 private:
  NodeTableClient(NodeClient client, std::string table, const Context& context)
      : client_(std::move(client)), table_(std::move(table)), context_(context) {}
  /// All pages of a list share the time of the command.
  [[nodiscard]] Duration time_left() const {
    return context_.time_left(ask_timeout_default, SystemClock().now());
  }
  [[nodiscard]] Error explained(const Error& error, const std::string& action);

  NodeClient client_;
  std::string table_;
  Context context_;
};

}  // namespace kith::cli
