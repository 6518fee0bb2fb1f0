// SPDX-License-Identifier: Apache-2.0
#include "table/match_pattern.hpp"

#include <algorithm>
#include <string>
#include <utility>

#include "core/value_json.hpp"

namespace kith::table {
namespace {

Error refused(const std::string& why, const Value& term) {
  return {ErrorCode::invalid_argument, "the pattern " + json_excerpt(term) + " " + why};
}

}  // namespace

Result<MatchPattern> MatchPattern::compile(const Value& term) {
  MatchPattern pattern;
  const auto whole = pattern.add(term);
  if (!whole) return whole.error();
  const Kind kind = pattern.nodes_[*whole].kind;
  if (kind == Kind::literal) {
    return refused(R"(is no array, {"any":true} or {"var":n})", term);
  }
  pattern.number_variables();
  return pattern;
}

Result<std::size_t> MatchPattern::add(const Value& term) {
  if (const auto* marker = term.get_if<ValueMap>()) return add_marker(*marker);
  Node node;
  if (const auto* elements = term.get_if<ValueArray>()) {
    node.kind = Kind::array;
    for (const Value& element : *elements) {
      const auto added = add(element);
      if (!added) return added;
      node.elements.push_back(*added);
    }
  } else {
    node.kind = Kind::literal;
    node.literal = term;
  }
  nodes_.push_back(std::move(node));
  return nodes_.size() - 1;
}

Result<std::size_t> MatchPattern::add_marker(const ValueMap& marker) {
  if (marker.size() != 1) return refused("is no marker: it has more than one field", marker);
  const auto& [name, content] = *marker.begin();
  Node node;
  if (name == "const") {
    node.kind = Kind::literal;
    node.literal = content;
  } else if (name == "var" && content.get_if<std::int64_t>() != nullptr) {
    node.kind = Kind::variable;
    const std::int64_t number = *content.get_if<std::int64_t>();
    const auto known = std::ranges::find(variables_, number);
    node.is_first = known == variables_.end();
    node.variable = static_cast<std::size_t>(known - variables_.begin());
    if (node.is_first) variables_.push_back(number);
  } else if (name != "any" || content != Value(true)) {
    return refused(R"(is none of {"any":true}, {"var":n}, {"const":term})", marker);
  }
  nodes_.push_back(std::move(node));
  return nodes_.size() - 1;
}

/// Renumbers the variables from the order of their first use to the order of their numbers.
void MatchPattern::number_variables() {
  std::vector<std::int64_t> sorted = variables_;
  std::ranges::sort(sorted);
  for (Node& node : nodes_) {
    if (node.kind != Kind::variable) continue;
    const auto place = std::ranges::find(sorted, variables_[node.variable]);
    node.variable = static_cast<std::size_t>(place - sorted.begin());
  }
  variables_ = std::move(sorted);
}

bool MatchPattern::fits(const TableRow& row, Bindings& bindings) const {
  bindings.values.assign(variables_.size(), nullptr);
  bindings.row = &row;
  const Node& whole = nodes_.back();
  if (whole.kind != Kind::array) return true;
  if (whole.elements.size() != row.size()) return false;
  for (std::size_t i = 0; i < row.size(); ++i) {
    if (!fits(nodes_[whole.elements[i]], row[i], bindings)) return false;
  }
  return true;
}

bool MatchPattern::fits(const Node& node, const Value& value, Bindings& bindings) const {
  switch (node.kind) {
    case Kind::any:
      return true;
    case Kind::variable:
      if (!node.is_first) return *bindings.values[node.variable] == value;
      bindings.values[node.variable] = &value;
      return true;
    case Kind::literal:
      return node.literal == value;
    case Kind::array:
      break;
  }
  const auto* const elements = value.get_if<ValueArray>();
  if (elements == nullptr || elements->size() != node.elements.size()) return false;
  for (std::size_t i = 0; i < elements->size(); ++i) {
    if (!fits(nodes_[node.elements[i]], (*elements)[i], bindings)) return false;
  }
  return true;
}

std::optional<std::size_t> MatchPattern::variable(std::int64_t number) const {
  const auto found = std::ranges::lower_bound(variables_, number);
  if (found == variables_.end() || *found != number) return std::nullopt;
  return static_cast<std::size_t>(found - variables_.begin());
}

std::optional<std::size_t> MatchPattern::whole_row() const {
  if (nodes_.back().kind != Kind::variable) return std::nullopt;
  return nodes_.back().variable;
}

const Value* MatchPattern::literal_at(std::size_t position) const {
  const Node& whole = nodes_.back();
  if (whole.kind != Kind::array || position >= whole.elements.size()) return nullptr;
  const Node& element = nodes_[whole.elements[position]];
  return element.kind == Kind::literal ? &element.literal : nullptr;
}

ValueArray MatchPattern::bound(const Bindings& bindings) const {
  if (whole_row()) return {Value(*bindings.row)};
  ValueArray values;
  values.reserve(bindings.values.size());
  for (const Value* value : bindings.values) values.push_back(*value);
  return values;
}

}  // namespace kith::table
