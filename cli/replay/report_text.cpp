#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "cli/replay/log_time.hpp"
#include "cli/replay/report.hpp"
#include "cli/replay/utf8.hpp"

namespace kith::replay {
namespace {

constexpr std::size_t name_width_max = 48;
constexpr std::size_t transitions_shown_max = 6;

/// A text that is safe on a terminal and not too long; gives how many columns it takes, too.
struct Shown {
  std::string text;
  std::size_t width = 0;
};

bool is_control(std::string_view character) {
  const auto first = static_cast<unsigned char>(character.front());
  const bool c1 = first == 0xC2 && static_cast<unsigned char>(character[1]) < 0xA0;
  return first < 0x20 || first == 0x7F || c1;
}

Shown show(std::string_view bytes) {
  Shown shown;
  const std::string text = replace_invalid_utf8(bytes);
  for (std::string_view rest = text; !rest.empty(); ++shown.width) {
    if (shown.width == name_width_max) {
      shown.text += "…";
      ++shown.width;
      break;
    }
    const std::string_view character = rest.substr(0, utf8_sequence(rest).length);
    shown.text += is_control(character) ? "?" : character;
    rest.remove_prefix(character.size());
  }
  if (shown.width == 0) return {.text = "(empty)", .width = 7};
  return shown;
}

/// 1234567 as "1,234,567".
std::string grouped(std::uint64_t number) {
  std::string digits = std::to_string(number);
  for (std::size_t i = digits.size(); i > 3; i -= 3) digits.insert(i - 3, 1, ',');
  return digits;
}

/// A table: a name at the left, numbers at the right, perhaps a remark after them.
class TextTable {
 public:
  TextTable(std::string name, std::vector<std::string> columns)
      : heads_{std::move(name)}, widths_{heads_[0].size()} {
    for (std::string& column : columns) {
      widths_.push_back(column.size());
      heads_.push_back(std::move(column));
    }
  }
  void row(std::string_view name, std::vector<std::string> numbers, std::string remark = {}) {
    Row row{show(name), std::move(numbers), std::move(remark)};
    widths_[0] = std::max(widths_[0], row.name.width);
    for (std::size_t i = 0; i < row.numbers.size(); ++i) {
      widths_[i + 1] = std::max(widths_[i + 1], row.numbers[i].size());
    }
    rows_.push_back(std::move(row));
  }
  [[nodiscard]] std::string text() const {
    std::string text = fmt::format("{:<{}}", heads_[0], widths_[0]);
    for (std::size_t i = 1; i < heads_.size(); ++i) {
      text += fmt::format("  {:>{}}", heads_[i], widths_[i]);
    }
    for (const Row& row : rows_) {
      text += '\n' + row.name.text + std::string(widths_[0] - row.name.width, ' ');
      for (std::size_t i = 0; i < row.numbers.size(); ++i) {
        text += fmt::format("  {:>{}}", row.numbers[i], widths_[i + 1]);
      }
      if (!row.remark.empty()) text += "  " + row.remark;
    }
    return text + "\n";
  }

 private:
  struct Row {
    Shown name;
    std::vector<std::string> numbers;
    std::string remark;
  };
  std::vector<std::string> heads_;
  std::vector<std::size_t> widths_;
  std::vector<Row> rows_;
};

std::string transitions_text(const std::vector<BreakerTransition>& transitions) {
  std::string text;
  for (std::size_t i = 0; i < std::min(transitions.size(), transitions_shown_max); ++i) {
    if (i > 0) text += ", ";
    text += fmt::format("{} {}", kith::to_string(transitions[i].to),
                        format_rfc3339(transitions[i].at));
  }
  if (transitions.size() > transitions_shown_max) {
    text += fmt::format(", and {} more", transitions.size() - transitions_shown_max);
  }
  return text;
}

std::string summary(const ReplayReport& report) {
  const double rate =
      report.seconds > 0 ? static_cast<double>(report.requests) / report.seconds : 0;
  std::string text = fmt::format("{} requests in {:.2f} s ({}/s)", grouped(report.requests),
                                 report.seconds, grouped(static_cast<std::uint64_t>(rate)));
  text += fmt::format("\nlimit {} per {:g} s by {} ({}): {} admitted, {} limited\n",
                      report.limiter.limit,
                      std::chrono::duration<double>(report.limiter.window).count(),
                      to_string(report.by), kith::to_string(report.limiter.algorithm),
                      grouped(report.admitted), grouped(report.limited));
  if (report.unreadable > 0) text += fmt::format("unreadable: {}\n", grouped(report.unreadable));
  return text;
}

std::string share(std::uint64_t part, std::uint64_t whole) {
  if (whole == 0) return "-";
  return fmt::format("{:.1f} %", 100.0 * static_cast<double>(part) / static_cast<double>(whole));
}

}  // namespace

std::string to_text(const ReplayReport& report, std::size_t keys_max) {
  std::string text = summary(report);
  TextTable keys(std::string(to_string(report.by)), {"requests", "admitted", "limited"});
  const std::size_t shown = std::min(keys_max, report.keys.size());
  for (std::size_t i = 0; i < shown; ++i) {
    const KeyReport& key = report.keys[i];
    keys.row(key.key, {grouped(key.requests), grouped(key.admitted), grouped(key.limited)});
  }
  text += '\n' + keys.text();
  if (report.keys.size() > shown) {
    text += fmt::format("and {} more\n", grouped(report.keys.size() - shown));
  }
  if (!report.breakers.empty()) {
    TextTable breakers("breaker", {"requests", "failures", "refused"});
    for (const BreakerReport& breaker : report.breakers) {
      breakers.row(
          breaker.name,
          {grouped(breaker.requests), grouped(breaker.failures), grouped(breaker.refused)},
          transitions_text(breaker.transitions));
    }
    text += '\n' + breakers.text();
  }
  TextTable nodes("node", {"requests", "share"});
  for (const NodeReport& node : report.nodes) {
    nodes.row(node.name, {grouped(node.requests), share(node.requests, report.requests)});
  }
  return text + '\n' + nodes.text();
}

}  // namespace kith::replay
