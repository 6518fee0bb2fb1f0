// SPDX-License-Identifier: Apache-2.0
#include "tests/conformance/scenario.hpp"

#include <fstream>

#include "core/value_json.hpp"

namespace kith::conformance {
namespace {

ValueArray array_of(const Value* value) {
  const auto* array = value == nullptr ? nullptr : value->get_if<ValueArray>();
  return array == nullptr ? ValueArray{} : *array;
}

std::string text_of(const Value* value) {
  return value == nullptr ? "" : value->text_or("");
}

}  // namespace

Result<std::vector<Scenario>> read_scenarios(const std::string& path) {
  std::ifstream file(path);
  if (!file) return Error(ErrorCode::not_found, "cannot read " + path);
  std::vector<Scenario> scenarios;
  std::string line;
  for (std::size_t number = 1; std::getline(file, line); ++number) {
    if (line.empty()) continue;
    const Result<Value> value = from_json(line);
    if (!value) {
      return Error(ErrorCode::decode,
                   path + ", line " + std::to_string(number) + ": " + value.error().text());
    }
    const Value* setup = value->find("setup");
    scenarios.push_back({.id = text_of(value->find("id")),
                         .suite = text_of(value->find("suite")),
                         .about = text_of(value->find("about")),
                         .setup = setup == nullptr ? Value(ValueMap{}) : *setup,
                         .steps = array_of(value->find("steps")),
                         .expect = array_of(value->find("expect"))});
    const Scenario& last = scenarios.back();
    if (last.id.empty() || last.steps.size() != last.expect.size()) {
      return Error(ErrorCode::decode,
                   path + ", line " + std::to_string(number) + ": not a scenario");
    }
  }
  return scenarios;
}

}  // namespace kith::conformance
