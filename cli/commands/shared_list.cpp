// SPDX-License-Identifier: Apache-2.0
#include "cli/commands/shared_list.hpp"

#include <chrono>
#include <ctime>
#include <set>
#include <utility>

#include <fmt/chrono.h>
#include <fmt/format.h>

#include "cli/duration.hpp"
#include "core/printable.hpp"

namespace kith::cli {

Result<Value> ask_whole_list(const Context& context, const std::string& list,
                             const std::string& prefix) {
  ValueArray all;
  std::set<std::string> unreachable;
  const auto take = [&](const Value& page) {
    const ValueArray& items = field_list(page, list);
    all.insert(all.end(), items.begin(), items.end());
    for (const Value& node : field_list(page, "unreachable")) unreachable.insert(to_plain(node));
    return true;
  };
  const auto asked = for_each_page(context, list, {{"prefix", prefix}}, take);
  if (!asked) return asked.error();
  if (!unreachable.empty()) {
    fmt::print(stderr, "kith: no answer from {}; entries stored there are not shown\n",
               printable(fmt::format("{}", fmt::join(unreachable, ", "))));
  }
  return Value::map({{list, std::move(all)},
                     {"unreachable", ValueArray(unreachable.begin(), unreachable.end())}});
}

std::string retry_text(const Value& reply) {
  const Duration wait(field_integer(reply, "retry_after_ns"));
  if (wait == Duration::max()) return "never";
  return "in " + format_duration(wait);
}

std::string instant_text(const Value& reply, std::string_view field) {
  const std::chrono::nanoseconds since(field_integer(reply, field));
  const auto seconds = std::chrono::floor<std::chrono::seconds>(since).count();
  return fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(static_cast<std::time_t>(seconds)));
}

}  // namespace kith::cli
