// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "cli/command_line_parts.hpp"
#include "cli/commands/node_tables.hpp"
#include "cli/commands/shared.hpp"
#include "core/nearest_name.hpp"

namespace kith::cli {
namespace {

using Run = int (*)(const Context&, const NodeTableCommand&);
using Line = std::shared_ptr<NodeTableCommand>;

constexpr const char* meaning =
    "A node's own tables hold rows: JSON arrays of which one element is the key. Shared tables\n"
    "span the cluster and hold one value per key: kith table NAME get KEY.\n\n"
    "Terms are JSON; atoms are strings; bytes are {\"$bytes\":\"00ff\"}, pids "
    "{\"$pid\":\"<1f.12.1>\"}.\n"
    "A KEY that is not JSON is a string: ann is \"ann\". But 7 is a number, '\"7\"' a string.\n\n"
    "Example:\n"
    "  kith table create users --type ordered_set\n"
    "  kith table insert users '[\"ann\",7]' '[\"bob\",3]'\n"
    "  kith table lookup users ann\n"
    "  kith table views update-counter /docs     # a shared table";

/// Adds a command for one table of the node. Its first argument is NAME if `named`.
CLI::App* add(CLI::App& table, Invocation& invocation, const std::string& name,
              const std::string& description, const std::string& example, const Line& line, Run run,
              bool named = true) {
  CLI::App* command = add_command(table, name, description, "kith table " + name + example);
  if (named) {
    command->add_option("NAME", line->table, "Name of the table")->required()->type_name("");
  }
  add_common_flags(*command, invocation.context);
  command->callback([&invocation, line, run] {
    invocation.run = [line, run](const Context& context) { return run(context, *line); };
  });
  return command;
}

void add_key(CLI::App& command, const Line& line) {
  command.add_option("KEY", line->key, "JSON, or a plain string")->required()->type_name("");
}

void add_whole_table_commands(CLI::App& table, Invocation& invocation) {
  auto line = std::make_shared<NodeTableCommand>();
  CLI::App* create =
      add(table, invocation, "create", "Create a table that lives as long as the node",
          " users --type ordered_set", line, run_table_create);
  create->add_option("--type", line->type, "Type: set, ordered_set, bag or duplicate_bag")
      ->capture_default_str()
      ->type_name("TYPE")
      ->check(one_of({"set", "ordered_set", "bag", "duplicate_bag"}));
  create->add_option("--key-position", line->key_position, "Position of the key in a row, from 1")
      ->capture_default_str()
      ->type_name("NUMBER")
      ->check(number_in(1));
  const auto own = [] { return std::make_shared<NodeTableCommand>(); };
  add(table, invocation, "drop", "Delete a table with all its rows", " users", own(),
      run_table_drop);
  add(table, invocation, "info", "Show the properties of a table", " users -o json", own(),
      run_table_info);
  auto renamed = own();
  add(table, invocation, "rename", "Rename a table", " users people", renamed, run_table_rename)
      ->add_option("NEW", renamed->to, "New name")
      ->required()
      ->type_name("");
  add(table, invocation, "ls", "List the node's own tables and the shared tables", "", own(),
      run_table_ls, false);
}

void add_row_commands(CLI::App& table, Invocation& invocation) {
  auto line = std::make_shared<NodeTableCommand>();
  CLI::App* insert = add(table, invocation, "insert", "Insert rows, all or none",
                         R"( users '["ann",7]' '["bob",3]')", line, run_table_insert);
  const auto add_rows = [line](const std::vector<std::string>& rows) {
    for (const std::string& row : rows) {
      line->rows.push_back(row.starts_with(" [") ? row.substr(1) : row);
    }
  };
  insert->add_option_function<std::vector<std::string>>("ROW", add_rows, "Row, a JSON array")
      ->required()
      ->type_name("...")
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  insert->add_flag("--new", line->only_new,
                   "Insert only if none of the keys exist (exit code 7 otherwise)");
  line = std::make_shared<NodeTableCommand>();
  add_key(*add(table, invocation, "lookup", "Print the rows of a key (exit code 4 if none)",
               " users ann", line, run_table_lookup),
          line);
  line = std::make_shared<NodeTableCommand>();
  add_key(*add(table, invocation, "delete", "Delete the rows of a key (exit code 4 if none)",
               " users ann", line, run_table_delete),
          line);
  line = std::make_shared<NodeTableCommand>();
  CLI::App* incr = add(table, invocation, "incr", "Add to a number in a row, atomically",
                       R"( users ann --by 2 --default '["ann",0]')", line, run_table_incr);
  add_key(*incr, line);
  incr->add_option("--by", line->by, "Increment")->capture_default_str()->type_name("NUMBER");
  incr->add_option("--position", line->position,
                   "Position of the number, from 1; default: after the key")
      ->type_name("NUMBER")
      ->check(number_in(1));
  incr->add_option("--default", line->initial, "Row to insert first if the key does not exist")
      ->type_name("ROW");
}

void add_selecting_commands(CLI::App& table, Invocation& invocation) {
  auto line = std::make_shared<NodeTableCommand>();
  CLI::App* select = add(table, invocation, "select",
                         "Print the results of a match specification (all rows if omitted)",
                         R"( users '[{"match":[{"var":1},{"var":2}],"where":[[">",{"var":2},5]],)"
                         R"("return":{"var":1}}]')",
                         line, run_table_select);
  select->add_option("SPEC", line->spec, "Match specification, as JSON")->type_name("");
  CLI::Option* limit = select->add_option("--limit", line->limit, "Maximum number of results")
                           ->capture_default_str()
                           ->type_name("NUMBER")
                           ->check(number_in(1));
  CLI::Option* reverse =
      select->add_flag("--reverse", line->reverse, "Start at the end of an ordered_set");
  select
      ->add_flag("--count", line->count,
                 "Print only the number of rows for which SPEC returns true (all if omitted)")
      ->excludes(limit)
      ->excludes(reverse);
  line = std::make_shared<NodeTableCommand>();
  CLI::App* watch = add(table, invocation, "watch", "Print each change as a line",
                        " users --prefix user:", line, run_table_watch);
  CLI::Option* key = watch->add_option("--key", line->watched_key, "Only changes of this key");
  key->type_name("KEY");
  watch->add_option("--prefix", line->watched_prefix, "Only keys that start with this prefix")
      ->type_name("TEXT")
      ->excludes(key);
  watch->add_option("--changes", line->changes, "Exit after this number of changes")
      ->type_name("NUMBER")
      ->check(number_in(1));
}

void add_file_commands(CLI::App& table, Invocation& invocation) {
  auto line = std::make_shared<NodeTableCommand>();
  CLI::App* save = add(table, invocation, "save", "Save a table to a local file",
                       " users users.table", line, run_table_save);
  save->add_option("FILE", line->file, "File to write; - is standard output")
      ->required()
      ->type_name("");
  line = std::make_shared<NodeTableCommand>();
  CLI::App* load = add(table, invocation, "load", "Load a table from a local file", " users.table",
                       line, run_table_load, false);
  load->add_option("FILE", line->file, "File to read; - is standard input")
      ->required()
      ->type_name("");
  load->add_option("--as", line->table,
                   "Name of the table; default: the file name without its extension")
      ->type_name("NAME");
}

void add_shared(CLI::App& table, Invocation& invocation) {
  CLI::App* command = add_command(table, "shared", "Use a shared table; `shared` may be omitted",
                                  "kith table settings put region '\"eu-1\"'\n"
                                  "  kith table shared views update-counter /docs 1");
  const auto line = std::make_shared<TableCommand>();
  command->add_option("TABLE", line->table, "Name of the table")->required()->type_name("");
  command->add_option("ACTION", line->action, "get, put, erase or update-counter")
      ->required()
      ->type_name("")
      ->check(one_of({"get", "put", "erase", "update-counter", "update_counter"}));
  command->add_option("KEY", line->key, "Key, a string")->required()->type_name("");
  command
      ->add_option("VALUE", line->value, "JSON or a plain string; the increment for update-counter")
      ->type_name("");
  add_common_flags(*command, invocation.context);
  command->callback([&invocation, line] {
    invocation.run = [line](const Context& context) { return run_table(context, *line); };
  });
}

}  // namespace

void add_table_commands(CLI::App& root, Invocation& invocation) {
  CLI::App* table = root.add_subcommand("table", "Use a node's own tables and the shared tables");
  table->require_subcommand(0, 1);
  table->footer(meaning);
  add_common_flags(*table, invocation.context);
  add_whole_table_commands(*table, invocation);
  add_row_commands(*table, invocation);
  add_selecting_commands(*table, invocation);
  add_file_commands(*table, invocation);
  add_shared(*table, invocation);
}

std::optional<std::string> describe_table_extra(const std::vector<std::string>& words,
                                                const std::vector<std::string>& commands) {
  if (words.size() < 2 || !did_you_mean(words[0], commands).empty()) return std::nullopt;
  const std::array<std::string, 4> actions = {"get", "put", "erase", "update-counter"};
  const std::string nearest = did_you_mean(words[1], actions);
  return fmt::format(
      "kith table has no command '{}', and '{}' is not an action on a shared table: get, put, "
      "erase or update-counter{}",
      words[0], words[1], nearest);
}

void prepare_table_words(std::vector<std::string>& words) {
  static constexpr std::array<std::string_view, 5> actions = {"get", "put", "erase",
                                                              "update-counter", "update_counter"};
  static constexpr std::array<std::string_view, 14> commands = {
      "create", "drop", "info",   "ls",    "insert", "lookup", "delete",
      "incr",   "load", "select", "watch", "save",   "shared", "rename"};
  std::vector<std::size_t> plain;  // the first words that are neither flags nor values
  for (std::size_t i = 0; i < words.size() && plain.size() < 3; ++i) {
    const std::string& word = words[i];
    if (!word.starts_with('-')) plain.push_back(i);
    if (word == "-o" || word == "--output" || word == "--node" || word == "--timeout") ++i;
  }
  if (plain.size() < 3 || words[plain[0]] != "table") return;
  const std::string& second = words[plain[1]];
  const bool shared = std::ranges::find(commands, second) == commands.end() &&
                      std::ranges::find(actions, words[plain[2]]) != actions.end();
  if (second == "insert") {
    for (std::string& word : words) {
      if (word.starts_with('[')) word.insert(0, 1, ' ');
    }
  }
  if (shared) words.insert(words.begin() + static_cast<std::ptrdiff_t>(plain[1]), "shared");
}

}  // namespace kith::cli
