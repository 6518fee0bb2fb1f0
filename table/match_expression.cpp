// SPDX-License-Identifier: Apache-2.0
#include "table/match_expression.hpp"

#include <array>
#include <optional>
#include <string>
#include <utility>

#include "core/value_json.hpp"

namespace kith::table {
namespace {

/// Arguments evaluated on the stack; more are allocated. Most functions take one or two.
constexpr std::size_t few_arguments = 4;

Error refused(const std::string& why, const Value& term) {
  return {ErrorCode::invalid_argument, "the expression " + json_excerpt(term) + " " + why};
}

/// Returns the content of {"name": content}, or null.
const Value* marker(const Value& term, std::string_view name) {
  const auto* const fields = term.get_if<ValueMap>();
  if (fields == nullptr || fields->size() != 1) return nullptr;
  return term.find(name);
}

/// Returns the only term that this part of a pattern matches; nullopt if it matches others too.
std::optional<Value> literal_of_pattern(const Value& pattern) {
  if (const Value* const constant = marker(pattern, "const")) return *constant;
  if (pattern.get_if<ValueMap>() != nullptr) return std::nullopt;
  const auto* const parts = pattern.get_if<ValueArray>();
  if (parts == nullptr) return pattern;
  ValueArray literals;
  for (const Value& part : *parts) {
    auto literal = literal_of_pattern(part);
    if (!literal) return std::nullopt;
    literals.push_back(std::move(*literal));
  }
  return literals;
}

/// Returns the term of a constant expression; nullopt if it must be computed.
std::optional<Value> literal_of_expression(const Value& expression) {
  if (const Value* const constant = marker(expression, "const")) return *constant;
  if (expression.get_if<ValueMap>() != nullptr) return std::nullopt;
  const auto* const parts = expression.get_if<ValueArray>();
  if (parts == nullptr || parts->empty()) return expression;
  if (parts->front() != Value("array")) return std::nullopt;
  ValueArray literals;
  for (std::size_t i = 1; i < parts->size(); ++i) {
    auto literal = literal_of_expression((*parts)[i]);
    if (!literal) return std::nullopt;
    literals.push_back(std::move(*literal));
  }
  return literals;
}

/// Returns whether an expression always yields the term that this part of the pattern has matched.
/// Conservative: false if the forms do not show it.
bool rebuilds(const Value& expression, const Value& pattern) {
  if (const Value* const variable = marker(pattern, "var")) {
    const Value* const used = marker(expression, "var");
    return used != nullptr && *used == *variable;
  }
  if (const auto literal = literal_of_pattern(pattern)) {
    return literal == literal_of_expression(expression);
  }
  const auto* const parts = pattern.get_if<ValueArray>();
  const auto* const made = expression.get_if<ValueArray>();
  if (parts == nullptr || made == nullptr) return false;
  if (made->size() != parts->size() + 1 || made->front() != Value("array")) return false;
  for (std::size_t i = 0; i < parts->size(); ++i) {
    if (!rebuilds((*made)[i + 1], (*parts)[i])) return false;
  }
  return true;
}

}  // namespace

Result<MatchExpression> MatchExpression::compile(const Value& term, const MatchPattern& pattern) {
  MatchExpression expression;
  expression.source_ = term;
  expression.variables_ = pattern.variables().size();
  const auto whole = expression.add(term, pattern);
  if (!whole) return whole.error();
  return expression;
}

Result<std::size_t> MatchExpression::add(const Value& term, const MatchPattern& pattern) {
  if (const auto* fields = term.get_if<ValueMap>()) return add_marker(*fields, pattern);
  if (const auto* call = term.get_if<ValueArray>(); call != nullptr && !call->empty()) {
    return add_call(*call, pattern);
  }
  Node node;
  node.literal = term;
  nodes_.push_back(std::move(node));
  return nodes_.size() - 1;
}

Result<std::size_t> MatchExpression::add_marker(const ValueMap& fields,
                                                const MatchPattern& pattern) {
  if (fields.size() != 1) return refused("is no marker: it has more than one field", fields);
  const auto& [name, content] = *fields.begin();
  Node node;
  if (name == "const") {
    node.literal = content;
  } else if (name == "row" && content == Value(true)) {
    node.kind = Kind::row;
  } else if (name == "vars" && content == Value(true)) {
    node.kind = Kind::variables;
  } else if (const auto* const number = content.get_if<std::int64_t>(); name == "var" && number) {
    const auto variable = pattern.variable(*number);
    if (!variable) return refused("is no variable of the pattern", fields);
    node.kind = pattern.whole_row() ? Kind::whole_row_variable : Kind::variable;
    node.variable = *variable;
  } else {
    return refused(R"(is none of {"var":n}, {"const":term}, {"row":true}, {"vars":true})", fields);
  }
  nodes_.push_back(std::move(node));
  return nodes_.size() - 1;
}

/// Adds the operands before the node itself, so that the last node is the root.
Result<std::size_t> MatchExpression::add_call(const ValueArray& call, const MatchPattern& pattern) {
  const auto* const name = call.front().get_if<std::string>();
  if (name == nullptr) return refused("does not begin with the name of a function", call);
  const std::size_t count = call.size() - 1;
  Node node;
  if (*name == "array" || *name == "row") {
    node.kind = *name == "array" ? Kind::make_array : Kind::make_row;
  } else if (*name == "andalso" || *name == "orelse") {
    node.kind = *name == "andalso" ? Kind::all_in_turn : Kind::any_in_turn;
    if (count < 1) return refused("has no operands", call);
  } else {
    const NamedMatchFunction* const function = match_function(*name);
    if (function == nullptr) return refused("names no function", call);
    if (count < function->arguments_min || count > function->arguments_max) {
      return refused("has the wrong number of operands", call);
    }
    node.kind = Kind::call;
    node.function = function->function;
  }
  for (std::size_t i = 1; i < call.size(); ++i) {
    const auto argument = add(call[i], pattern);
    if (!argument) return argument;
    node.arguments.push_back(*argument);
  }
  nodes_.push_back(std::move(node));
  return nodes_.size() - 1;
}

MatchTerm MatchExpression::evaluate(const Bindings& bindings, MatchScratch& scratch) const {
  if (scratch.size() < nodes_.size()) scratch.resize(nodes_.size());
  return evaluate(nodes_.size() - 1, bindings, scratch);
}

MatchTerm MatchExpression::evaluate(std::size_t place, const Bindings& bindings,
                                    MatchScratch& scratch) const {
  const Node& node = nodes_[place];
  switch (node.kind) {
    case Kind::literal:
      return {&node.literal, nullptr};
    case Kind::variable:
      return {bindings.values[node.variable], nullptr};
    case Kind::whole_row_variable:
    case Kind::row:
      return {nullptr, bindings.row};
    case Kind::all_in_turn:
      return evaluate_in_turn(node, false, bindings, scratch);
    case Kind::any_in_turn:
      return evaluate_in_turn(node, true, bindings, scratch);
    case Kind::variables:
    case Kind::make_array:
    case Kind::make_row:
      return make(place, bindings, scratch);
    case Kind::call:
      break;
  }
  return call(place, bindings, scratch);
}

/// Returns the first operand that is `until`, otherwise the last one. Fails if one of those
/// evaluated is not a boolean.
MatchTerm MatchExpression::evaluate_in_turn(const Node& node, bool until, const Bindings& bindings,
                                            MatchScratch& scratch) const {
  MatchTerm last;
  for (const std::size_t argument : node.arguments) {
    last = evaluate(argument, bindings, scratch);
    if (last.is(until)) return last;
    if (!last.is(!until)) return {};
  }
  return last;
}

/// Constructs an array or row in `scratch[place]`: each node has its own slot, so that operands
/// stay valid while the operation reads them.
MatchTerm MatchExpression::make(std::size_t place, const Bindings& bindings,
                                MatchScratch& scratch) const {
  const Node& node = nodes_[place];
  ValueArray made;
  if (node.kind == Kind::variables) {
    for (std::size_t i = 0; i < variables_; ++i) {
      made.push_back(bindings.values[i] != nullptr ? *bindings.values[i] : Value(*bindings.row));
    }
  } else {
    made.reserve(node.arguments.size());
    for (const std::size_t argument : node.arguments) {
      const MatchTerm part = evaluate(argument, bindings, scratch);
      if (part.failed()) return {};
      made.push_back(part.copy());
    }
  }
  scratch[place] = std::move(made);
  if (node.kind == Kind::make_row) return {nullptr, scratch[place].get_if<ValueArray>()};
  return {&scratch[place], nullptr};
}

MatchTerm MatchExpression::call(std::size_t place, const Bindings& bindings,
                                MatchScratch& scratch) const {
  const Node& node = nodes_[place];
  std::array<MatchTerm, few_arguments> few;
  std::vector<MatchTerm> many;
  std::span<MatchTerm> arguments(few.data(), std::min(few.size(), node.arguments.size()));
  if (node.arguments.size() > few.size()) {
    many.resize(node.arguments.size());
    arguments = many;
  }
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    arguments[i] = evaluate(node.arguments[i], bindings, scratch);
    if (arguments[i].failed()) return {};
  }
  if (!node.function(arguments, scratch[place])) return {};
  return {&scratch[place], nullptr};
}

bool MatchExpression::keeps_key(const Value& pattern, std::size_t key) const {
  if (nodes_.back().kind == Kind::row) return true;
  if (nodes_.back().kind != Kind::make_row) return false;
  const auto& row = *source_.get_if<ValueArray>();  // the name "row", then the elements
  const auto* const elements = pattern.get_if<ValueArray>();
  if (key + 1 >= row.size() || elements == nullptr || key >= elements->size()) return false;
  const Value& made = row[key + 1];
  const Value position = static_cast<std::int64_t>(key + 1);
  if (made == Value::array({"element", position, Value::map({{"row", true}})})) return true;
  return rebuilds(made, (*elements)[key]);
}

}  // namespace kith::table
