// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <string_view>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

#include <fmt/format.h>

#include "cli/commands/node_table_client.hpp"
#include "cli/commands/node_tables.hpp"
#include "cli/term_text.hpp"
#include "core/file.hpp"
#include "core/limits.hpp"
#include "table/table_file.hpp"
#include "transport/codec.hpp"

/// Commands that transfer many rows, page by page.
namespace kith::cli {
namespace {

/// How long the node waits for a change before the command asks again.
constexpr Duration page_timeout_max = std::chrono::seconds(25);

Result<ValueMap> spec_arguments(const NodeTableCommand& command) {
  if (command.spec.empty()) return ValueMap{};
  auto spec = term_from_text(command.spec);
  if (!spec) {
    return Error(spec.error().code(),
                 spec.error().text() +
                     R"(; a match specification is an array such as )"
                     R"('[{"match":[{"var":1},{"any":true}],"return":{"var":1}}]')");
  }
  return ValueMap{{"spec", std::move(*spec)}};
}

/// Prints results as they arrive, up to a limit. Thread-safety: none.
class Results {
 public:
  Results(const Context& context, std::uint64_t limit) : context_(context), limit_(limit) {}

  bool take(const ValueArray& items) {
    for (const Value& each : items) {
      if (shown_ == limit_) return !(more_ = true);
      ++shown_;
      if (context_.json)
        kept_.push_back(each);
      else
        fmt::print("{}\n", term_to_text(each));
    }
    return true;
  }
  [[nodiscard]] int finish() const {
    if (context_.json) {
      const Value all = Value::map({{"results", kept_}, {"more", more_}});
      return show(context_, term_for_json(all), "");
    }
    if (more_) fmt::print(stderr, "kith: there are more results than --limit {}\n", limit_);
    return 0;
  }

 private:
  const Context& context_;
  std::uint64_t limit_;
  std::uint64_t shown_ = 0;
  bool more_ = false;
  ValueArray kept_;
};

int run_count(const Context& context, const NodeTableCommand& command, ValueMap arguments) {
  auto client = NodeTableClient::connect(context, command.table);
  if (!client) return fail(context, client.error());
  const auto reply = client->ask("count", std::move(arguments));
  if (!reply) return fail(context, reply.error());
  return show(context, *reply, field_text(*reply, "count"));
}

}  // namespace

int run_table_select(const Context& context, const NodeTableCommand& command) {
  auto arguments = spec_arguments(command);
  if (!arguments) return fail(context, arguments.error());
  if (command.count) return run_count(context, command, std::move(*arguments));
  auto client = NodeTableClient::connect(context, command.table);
  if (!client) return fail(context, client.error());
  (*arguments)["reverse"] = command.reverse;
  const std::uint64_t page_max = limits::table_page_items_max;
  (*arguments)["limit"] =
      std::min(command.limit, page_max - 1) + 1;  // one more, to detect that there are more
  Results results(context, command.limit);
  const auto ended =
      client->for_each_page("select", std::move(*arguments), Duration::zero(),
                            [&](const ValueArray& items) { return results.take(items); });
  if (!ended) return fail(context, ended.error());
  return results.finish();
}

// --- files ----------------------------------------------------------------------------

namespace {

Result<ValueTableOptions> options_of(const Value& info) {
  constexpr std::array types = {"set", "ordered_set", "bag", "duplicate_bag"};
  const auto* const found = std::ranges::find(types, field_text(info, "type"));
  const std::int64_t position = field_integer(info, "key_position");
  if (found == types.end() || position < 1) {
    return Error(ErrorCode::decode,
                 "the node described the table in a form that this command does not know");
  }
  return ValueTableOptions{.type = static_cast<TableType>(found - types.begin()),
                           .key_position = static_cast<std::size_t>(position)};
}

/// Copies a table of the node as of one instant.
Result<std::unique_ptr<ValueTable>> copy_of(NodeTableClient& client) {
  const auto info = client.ask("info");
  if (!info) return info.error();
  const auto options = options_of(*info);
  if (!options) return options.error();
  auto copy = std::make_unique<ValueTable>(*options);
  Result<void> inserted;
  const auto take = [&](const ValueArray& items) {
    ValueTable::Rows rows;
    for (const Value& each : items) {
      const auto* const row = each.get_if<ValueArray>();
      rows.push_back(row == nullptr ? TableRow() : *row);
    }
    inserted = copy->insert_all(std::move(rows));
    return inserted.has_value();
  };
  const auto ended = client.for_each_page("snapshot", {}, Duration::zero(), take);
  if (!ended) return ended.error();
  if (!inserted) return inserted.error();
  return copy;
}

Result<void> insert_in_batches(NodeTableClient& client, const ValueTable& table) {
  ValueArray batch;
  std::size_t size = 0;
  const auto send_batch = [&]() -> Result<void> {
    const auto reply = client.ask("insert", {{"rows", std::exchange(batch, {})}});
    size = 0;
    if (!reply) return reply.error();
    return {};
  };
  for (TableRow& row : table.rows()) {
    Value term = std::move(row);
    const std::size_t row_size = transport::encode_value(term).size();
    const bool full = size + row_size > limits::table_page_bytes_max ||
                      batch.size() >= limits::table_page_items_max;
    if (full && !batch.empty()) {
      if (auto sent = send_batch(); !sent) return sent;
    }
    size += row_size;
    batch.push_back(std::move(term));
  }
  return batch.empty() ? Result<void>() : send_batch();
}

/// Stands for standard output or standard input.
constexpr std::string_view standard_stream = "-";

bool is_standard_output(const std::string& file) {
  struct stat named{};
  struct stat output{};
  if (file == standard_stream) return true;
  return stat(file.c_str(), &named) == 0 && fstat(STDOUT_FILENO, &output) == 0 &&
         named.st_dev == output.st_dev && named.st_ino == output.st_ino;
}

Result<void> save(const ValueTable& table, const std::string& file) {
  if (file != standard_stream) return save_table(table, file);
  const auto content = table::encode_table(table);
  if (!content) return content.error();
  return write_descriptor(STDOUT_FILENO, *content, "standard output");
}

Result<std::unique_ptr<ValueTable>> load(const std::string& file) {
  if (file != standard_stream) return load_table(file, limits::table_rows_max);
  constexpr const char* name = "standard input";
  const auto content = read_descriptor(STDIN_FILENO, name, table::table_file_begin);
  if (!content) return content.error();
  auto table = table::decode_table(*content, limits::table_rows_max);
  if (!table) return Error(table.error().code(), fmt::format("{}: {}", name, table.error().text()));
  return table;
}

Error name_taken(const std::string& name) {
  return {ErrorCode::already_exists,
          fmt::format("a table '{}' exists already; drop it, or load under another name with --as",
                      name)};
}

/// Loads into a table with a temporary name and renames it at the end, so that no reader sees a
/// partial table.
Result<void> load_rows(const Context& context, const ValueTable& table, const std::string& name) {
  auto client = NodeTableClient::connect(context, fmt::format("{}.loading-{}", name, ::getpid()));
  if (!client) return client.error();
  const auto known = client->names();
  if (!known) return known.error();
  // Checked early, to fail before all rows are sent; `rename` below decides.
  if (std::ranges::find(*known, name) != known->end()) return name_taken(name);
  constexpr std::array types = {"set", "ordered_set", "bag", "duplicate_bag"};
  const auto created =
      client->ask("create", {{"type", types.at(static_cast<std::size_t>(table.type()))},
                             {"key_position", table.key_position()}});
  if (!created) return created.error();
  Result<void> done = insert_in_batches(*client, table);
  if (done) {
    const auto renamed = client->ask("rename", {{"to", name}});
    if (renamed) return {};
    const bool taken = renamed.error().code() == ErrorCode::already_exists;
    done = taken ? name_taken(name) : renamed.error();
  }
  static_cast<void>(client->ask("drop"));
  return done;
}

}  // namespace

int run_table_save(const Context& context, const NodeTableCommand& command) {
  auto client = NodeTableClient::connect(context, command.table);
  if (!client) return fail(context, client.error());
  const auto copy = copy_of(*client);
  if (!copy) return fail(context, copy.error());
  if (const auto saved = save(**copy, command.file); !saved) return fail(context, saved.error());
  const std::string text =
      fmt::format("saved {} rows of {} to {}", (*copy)->size(), command.table, command.file);
  if (is_standard_output(command.file)) {  // standard output has the table
    fmt::print(stderr, "{}\n", text);
    return 0;
  }
  return show(
      context,
      Value::map({{"table", command.table}, {"file", command.file}, {"rows", (*copy)->size()}}),
      text);
}

int run_table_load(const Context& context, const NodeTableCommand& command) {
  const bool is_input = command.file == standard_stream;
  if (is_input && command.table.empty()) {
    return fail(context, Error(ErrorCode::invalid_argument,
                               "a table from standard input needs a name: kith table load - --as "
                               "NAME"));
  }
  const auto table = load(command.file);
  if (!table) return fail(context, table.error());
  const std::string name =
      command.table.empty() ? std::filesystem::path(command.file).stem().string() : command.table;
  if (const auto loaded = load_rows(context, **table, name); !loaded) {
    return fail(context, loaded.error());
  }
  const Value result =
      Value::map({{"table", name}, {"file", command.file}, {"rows", (*table)->size()}});
  return show(context, result, fmt::format("loaded {} rows into {}", (*table)->size(), name));
}

// --- changes --------------------------------------------------------------------------

namespace {

std::string line_of(const Value& change) {
  const std::string event = field_text(change, "event");
  if (event == "missed") {
    return fmt::format("missed {}: read the table again", field_integer(change, "count"));
  }
  const Value* const row = change.find("row");
  return row == nullptr ? event : event + " " + term_to_text(*row);
}

/// Prints changes until `changes` were printed or the timeout expires. Thread-safety: none.
class Watcher {
 public:
  Watcher(const Context& context, const NodeTableCommand& command)
      : context_(context), left_(command.changes), table_(command.table) {}

  bool take(const ValueArray& changes) {
    if (!std::exchange(begun_, true)) announce();
    if (changes.empty()) return !context_.timeout || !std::exchange(may_time_out_, true) || wait();
    rounds_idle_ = 0;
    for (const Value& change : changes) {
      fmt::print("{}\n", context_.json ? term_to_text(change) : line_of(change));
      if (left_ && --*left_ == 0) break;
    }
    std::fflush(stdout);
    return !is_done();
  }
  [[nodiscard]] bool is_done() const { return left_ && *left_ == 0; }
  /// The wait per request: a divisor of the timeout, so that it expires after whole requests.
  [[nodiscard]] Duration page_timeout() const {
    return context_.timeout ? *context_.timeout / rounds() : page_timeout_max;
  }

 private:
  [[nodiscard]] std::int64_t rounds() const { return 1 + *context_.timeout / page_timeout_max; }
  bool wait() { return ++rounds_idle_ < rounds(); }
  void announce() const {
    if (context_.json)
      fmt::print(stderr, "{}\n", to_json(Value::map({{"watching", table_}})));
    else
      fmt::print(stderr, "watching {}\n", table_);
    std::fflush(stderr);
  }

  const Context& context_;
  std::optional<std::uint64_t> left_;
  std::string table_;
  bool begun_ = false;
  bool may_time_out_ = false;  ///< the first page does not wait for changes
  std::int64_t rounds_idle_ = 0;
};

}  // namespace

int run_table_watch(const Context& context, const NodeTableCommand& command) {
  ValueMap arguments;
  if (command.watched_key) {
    auto key = key_from_text(*command.watched_key);
    if (!key) return fail(context, key.error());
    arguments["key"] = std::move(*key);
  }
  if (command.watched_prefix) arguments["prefix"] = *command.watched_prefix;
  Context without_timeout = context;
  without_timeout.timeout.reset();  // --timeout limits the wait for changes, not for replies
  auto client = NodeTableClient::connect(without_timeout, command.table);
  if (!client) return fail(context, client.error());
  Watcher watcher(context, command);
  const auto ended =
      client->for_each_page("watch", std::move(arguments), watcher.page_timeout(),
                            [&](const ValueArray& items) { return watcher.take(items); });
  if (!ended) return fail(context, ended.error());
  if (*ended || watcher.is_done()) return 0;
  return fail(context,
              Error(ErrorCode::timeout,
                    fmt::format("no change of the table '{}' within the timeout", command.table)));
}

}  // namespace kith::cli
