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
    "The tables of one node hold rows that are JSON arrays, one element of which is the key. The\n"
    "table that all nodes share holds one value for each key: kith table NAME get KEY.\n\n"
    "Terms are JSON; atoms are texts; bytes are {\"$bytes\":\"00ff\"}, pids "
    "{\"$pid\":\"<1f.12.1>\"}.\n"
    "A KEY that is no JSON is a text: ann is \"ann\", but 7 is a number and '\"7\"' a text.\n\n"
    "Example:\n"
    "  kith table create users --type ordered_set\n"
    "  kith table insert users '[\"ann\",7]' '[\"bob\",3]'\n"
    "  kith table lookup users ann\n"
    "  kith table views update-counter /docs     # the table that all nodes share";

/// A command about one table of the node; NAME comes first unless it has none.
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
  command.add_option("KEY", line->key, "JSON, or a text as it stands")->required()->type_name("");
}

void add_whole_table_commands(CLI::App& table, Invocation& invocation) {
  auto line = std::make_shared<NodeTableCommand>();
  CLI::App* create = add(table, invocation, "create", "Make a table that lives as long as the node",
                         " users --type ordered_set", line, run_table_create);
  create->add_option("--type", line->type, "set, ordered_set, bag or duplicate_bag")
      ->capture_default_str()
      ->type_name("TYPE")
      ->check(one_of({"set", "ordered_set", "bag", "duplicate_bag"}));
  create->add_option("--key-position", line->key_position, "Which element is the key, from 1")
      ->capture_default_str()
      ->type_name("NUMBER")
      ->check(number_in(1));
  const auto own = [] { return std::make_shared<NodeTableCommand>(); };
  add(table, invocation, "drop", "End a table", " users", own(), run_table_drop);
  add(table, invocation, "info", "Describe a table", " users -o json", own(), run_table_info);
  auto renamed = own();
  add(table, invocation, "rename", "Give a table another name", " users people", renamed,
      run_table_rename)
      ->add_option("NEW", renamed->to, "The other name")
      ->required()
      ->type_name("");
  add(table, invocation, "ls", "List the tables of the node, and those that all nodes share", "",
      own(), run_table_ls, false);
}

void add_row_commands(CLI::App& table, Invocation& invocation) {
  auto line = std::make_shared<NodeTableCommand>();
  CLI::App* insert = add(table, invocation, "insert", "Write rows, all or none",
                         R"( users '["ann",7]' '["bob",3]')", line, run_table_insert);
  const auto add_rows = [line](const std::vector<std::string>& rows) {
    for (const std::string& row : rows) {
      line->rows.push_back(row.starts_with(" [") ? row.substr(1) : row);
    }
  };
  insert->add_option_function<std::vector<std::string>>("ROW", add_rows, "A JSON array")
      ->required()
      ->type_name("...")
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  insert->add_flag("--new", line->only_new, "Nothing when a key is there already; then 7");
  line = std::make_shared<NodeTableCommand>();
  add_key(*add(table, invocation, "lookup", "Show the rows of a key; 4 when there is none",
               " users ann", line, run_table_lookup),
          line);
  line = std::make_shared<NodeTableCommand>();
  add_key(*add(table, invocation, "delete", "Remove the rows of a key; 4 when there is none",
               " users ann", line, run_table_delete),
          line);
  line = std::make_shared<NodeTableCommand>();
  CLI::App* incr = add(table, invocation, "incr", "Add to a number of a row; atomic",
                       R"( users ann --by 2 --default '["ann",0]')", line, run_table_incr);
  add_key(*incr, line);
  incr->add_option("--by", line->by, "How much")->capture_default_str()->type_name("NUMBER");
  incr->add_option("--position", line->position, "Which element, from 1; default: after the key")
      ->type_name("NUMBER")
      ->check(number_in(1));
  incr->add_option("--default", line->initial, "The row to begin with when there is none")
      ->type_name("ROW");
}

void add_selecting_commands(CLI::App& table, Invocation& invocation) {
  auto line = std::make_shared<NodeTableCommand>();
  CLI::App* select =
      add(table, invocation, "select", "Show what a match specification gives; all rows without",
          R"( users '[{"match":[{"var":1},{"var":2}],"where":[[">",{"var":2},5]],)"
          R"("return":{"var":1}}]')",
          line, run_table_select);
  select->add_option("SPEC", line->spec, "A match specification, as JSON")->type_name("");
  CLI::Option* limit = select->add_option("--limit", line->limit, "So many results at most")
                           ->capture_default_str()
                           ->type_name("NUMBER")
                           ->check(number_in(1));
  CLI::Option* reverse =
      select->add_flag("--reverse", line->reverse, "From the end of an ordered_set");
  select->add_flag("--count", line->count, "Only how many rows it gives true for; without, all")
      ->excludes(limit)
      ->excludes(reverse);
  line = std::make_shared<NodeTableCommand>();
  CLI::App* watch = add(table, invocation, "watch", "Print each change as a line",
                        " users --prefix user:", line, run_table_watch);
  CLI::Option* key = watch->add_option("--key", line->watched_key, "Only changes of this key");
  key->type_name("KEY");
  watch->add_option("--prefix", line->watched_prefix, "Only of keys that are texts with this begin")
      ->type_name("TEXT")
      ->excludes(key);
  watch->add_option("--changes", line->changes, "End after so many")
      ->type_name("NUMBER")
      ->check(number_in(1));
}

void add_file_commands(CLI::App& table, Invocation& invocation) {
  auto line = std::make_shared<NodeTableCommand>();
  CLI::App* save = add(table, invocation, "save", "Write a table to a file beside this command",
                       " users users.table", line, run_table_save);
  save->add_option("FILE", line->file, "Where to; - is standard output")->required()->type_name("");
  line = std::make_shared<NodeTableCommand>();
  CLI::App* load = add(table, invocation, "load", "Make a table from a file beside this command",
                       " users.table", line, run_table_load, false);
  load->add_option("FILE", line->file, "Where from; - is standard input")
      ->required()
      ->type_name("");
  load->add_option("--as", line->table, "Its name; default: the file's without its ending")
      ->type_name("NAME");
}

void add_shared(CLI::App& table, Invocation& invocation) {
  CLI::App* command =
      add_command(table, "shared", "Use the table that all nodes share; `shared` may be left out",
                  "kith table settings put region '\"eu-1\"'\n"
                  "  kith table shared views update-counter /docs 1");
  const auto line = std::make_shared<TableCommand>();
  command->add_option("TABLE", line->table, "Name of the table")->required()->type_name("");
  command->add_option("ACTION", line->action, "get, put, erase or update-counter")
      ->required()
      ->type_name("")
      ->check(one_of({"get", "put", "erase", "update-counter", "update_counter"}));
  command->add_option("KEY", line->key, "Key, a text")->required()->type_name("");
  command->add_option("VALUE", line->value, "JSON, or a text; how much to add to a counter")
      ->type_name("");
  add_common_flags(*command, invocation.context);
  command->callback([&invocation, line] {
    invocation.run = [line](const Context& context) { return run_table(context, *line); };
  });
}

}  // namespace

void add_table_commands(CLI::App& root, Invocation& invocation) {
  CLI::App* table =
      root.add_subcommand("table", "Use tables: those of one node, and the one that all share");
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
      "kith table has no command '{}', and '{}' is nothing to do with a table that "
      "all nodes share: get, put, erase or update-counter{}",
      words[0], words[1], nearest);
}

void prepare_table_words(std::vector<std::string>& words) {
  static constexpr std::array<std::string_view, 5> actions = {"get", "put", "erase",
                                                              "update-counter", "update_counter"};
  static constexpr std::array<std::string_view, 14> commands = {
      "create", "drop", "info",   "ls",    "insert", "lookup", "delete",
      "incr",   "load", "select", "watch", "save",   "shared", "rename"};
  std::vector<std::size_t> plain;  // the first words that are no flags nor belong to one
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
