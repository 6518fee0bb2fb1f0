// SPDX-License-Identifier: Apache-2.0
#include "cli/replay/report.hpp"

#include <algorithm>
#include <cmath>
#include <string_view>
#include <tuple>

#include <nlohmann/json.hpp>

#include "cli/replay/log_time.hpp"
#include "cli/replay/utf8.hpp"

namespace kith::replay {
namespace {

using Json = nlohmann::ordered_json;

Json window_seconds(Duration window) {
  constexpr Duration second = std::chrono::seconds(1);
  if (window % second == Duration::zero()) return window / second;
  return std::chrono::duration<double>(window).count();
}

Json json_of(const KeyReport& key) {
  return {{"key", replace_invalid_utf8(key.key)},
          {"requests", key.requests},
          {"admitted", key.admitted},
          {"limited", key.limited}};
}

Json json_of(const BreakerReport& breaker) {
  Json transitions = Json::array();
  for (const auto& [at, to] : breaker.transitions) {
    transitions.push_back({{"at", format_rfc3339(at)}, {"to", kith::to_string(to)}});
  }
  return {{"name", replace_invalid_utf8(breaker.name)},
          {"requests", breaker.requests},
          {"failures", breaker.failures},
          {"refused", breaker.refused},
          {"transitions", std::move(transitions)}};
}

Json json_of(const NodeReport& node) {
  return {{"name", replace_invalid_utf8(node.name)}, {"requests", node.requests}};
}

template <typename T>
Json json_of(const std::vector<T>& items) {
  Json array = Json::array();
  for (const T& item : items) array.push_back(json_of(item));
  return array;
}

}  // namespace

void sort(ReplayReport& report) {
  std::ranges::sort(report.keys, [](const KeyReport& a, const KeyReport& b) {
    if (a.limited != b.limited) return a.limited > b.limited;
    const std::string a_shown = replace_invalid_utf8(a.key);
    const std::string b_shown = replace_invalid_utf8(b.key);
    return std::tie(a_shown, a.key) < std::tie(b_shown, b.key);
  });
  std::ranges::sort(report.breakers, [](const BreakerReport& a, const BreakerReport& b) {
    const std::string a_shown = replace_invalid_utf8(a.name);
    const std::string b_shown = replace_invalid_utf8(b.name);
    return std::tie(a_shown, a.name) < std::tie(b_shown, b.name);
  });
}

std::string to_json(const ReplayReport& report) {
  const double rate =
      report.seconds > 0 ? static_cast<double>(report.requests) / report.seconds : 0.0;
  const Json json{{"requests", report.requests},
                  {"unreadable", report.unreadable.count()},
                  {"limiter",
                   {{"name", to_string(report.by)},
                    {"limit", report.limiter.limit},
                    {"window_s", window_seconds(report.limiter.window)},
                    {"admitted", report.admitted},
                    {"limited", report.limited},
                    {"keys", json_of(report.keys)}}},
                  {"breakers", json_of(report.breakers)},
                  {"nodes", json_of(report.nodes)},
                  {"seconds", std::round(report.seconds * 1e6) / 1e6},
                  {"requests_per_second", std::round(rate * 10) / 10}};
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace kith::replay
