// SPDX-License-Identifier: Apache-2.0
#include "cli/term_text.hpp"

#include <charconv>
#include <cmath>
#include <limits>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "core/printable.hpp"
#include "core/value_json.hpp"

namespace kith::cli {
namespace {

Error wrong(std::string text) {
  return {ErrorCode::invalid_argument, std::move(text)};
}

/// Returns the only field of a map if its name starts with $, else null.
const std::pair<const std::string, Value>* marker_in(const ValueMap& map) {
  const bool marked = map.size() == 1 && map.begin()->first.starts_with('$');
  return marked ? &*map.begin() : nullptr;
}

std::optional<Bytes> bytes_from(std::string_view text) {
  if (text.size() % 2 != 0) return std::nullopt;
  Bytes bytes;
  for (std::size_t i = 0; i < text.size(); i += 2) {
    unsigned byte = 0;
    const char* const end = text.data() + i + 2;
    const auto [stop, problem] = std::from_chars(text.data() + i, end, byte, 16);
    if (problem != std::errc{} || stop != end) return std::nullopt;
    bytes.push_back(static_cast<std::byte>(byte));
  }
  return bytes;
}

std::optional<Reference> reference_from(std::string_view text) {
  constexpr std::string_view begin = "#Ref<";
  if (!text.starts_with(begin) || !text.ends_with('>')) return std::nullopt;
  const char* const end = text.data() + text.size() - 1;
  Reference reference;
  const auto [dot, bad_node] = std::from_chars(text.data() + begin.size(), end, reference.node, 16);
  if (bad_node != std::errc{} || dot == end || *dot != '.') return std::nullopt;
  const auto [stop, bad_id] = std::from_chars(dot + 1, end, reference.id);
  if (bad_id != std::errc{} || stop != end) return std::nullopt;
  return reference;
}

std::optional<double> float_from(std::string_view text) {
  if (text == "nan") return std::numeric_limits<double>::quiet_NaN();
  if (text == "infinity") return std::numeric_limits<double>::infinity();
  if (text == "-infinity") return -std::numeric_limits<double>::infinity();
  return std::nullopt;
}

template <typename T>
Result<Value> or_wrong(std::optional<T> found, std::string_view marker, const Value& content,
                       std::string_view expected) {
  if (found) return Value(std::move(*found));
  return wrong(
      fmt::format(R"(after "{}" there must be {}, not {})", marker, expected, to_json(content)));
}

Result<Value> term_of(const Value& json);

Result<ValueMap> fields_of(const ValueMap& map) {
  ValueMap fields;
  for (const auto& [key, each] : map) {
    auto field = term_of(each);
    if (!field) return field.error();
    fields.emplace(key, std::move(*field));
  }
  return fields;
}

Result<Value> marked(const std::string& marker, const Value& content) {
  if (marker == "$map") {
    const auto* const map = content.get_if<ValueMap>();
    if (map == nullptr) return or_wrong<Value>({}, marker, content, "an object");
    auto fields = fields_of(*map);
    if (!fields) return fields.error();
    return Value(std::move(*fields));
  }
  const std::string text = content.text_or("");
  if (marker == "$bytes") {
    const bool is_text = content.kind() == Value::Kind::string;
    return or_wrong(is_text ? bytes_from(text) : std::nullopt, marker, content,
                    "a string of two hexadecimal digits per byte");
  }
  if (marker == "$pid") {
    return or_wrong(pid_from_string(text), marker, content, R"(a string such as "<1f.12.1>")");
  }
  if (marker == "$reference") {
    return or_wrong(reference_from(text), marker, content, R"(a string such as "#Ref<1f.7>")");
  }
  if (marker == "$float") {
    return or_wrong(float_from(text), marker, content, R"("nan", "infinity" or "-infinity")");
  }
  return wrong(
      fmt::format(R"("{}" is not one of $bytes, $pid, $reference, $float, $map; a map with)"
                  R"( one field of that name is {{"$map":{{"{}":...}}}})",
                  marker, marker));
}

Result<Value> term_of(const Value& json) {
  if (const auto* array = json.get_if<ValueArray>()) {
    ValueArray terms;
    for (const Value& each : *array) {
      auto term = term_of(each);
      if (!term) return term.error();
      terms.push_back(std::move(*term));
    }
    return Value(std::move(terms));
  }
  const auto* const map = json.get_if<ValueMap>();
  if (map == nullptr) return json;
  if (const auto* const marker = marker_in(*map)) return marked(marker->first, marker->second);
  auto fields = fields_of(*map);
  if (!fields) return fields.error();
  return Value(std::move(*fields));
}

Value marker(const char* name, std::string text) {
  return Value::map({{name, std::move(text)}});
}

Value real_for_json(double number) {
  if (std::isnan(number)) return marker("$float", "nan");
  if (std::isinf(number)) return marker("$float", number > 0 ? "infinity" : "-infinity");
  return number;
}

}  // namespace

Result<Value> term_from_text(std::string_view text) {
  const auto json = from_json(text);
  if (!json) return wrong(fmt::format("{} is {}", in_quotes(text), json.error().text()));
  auto term = term_of(*json);
  if (!term) return wrong(fmt::format("{}: {}", in_quotes(text), term.error().text()));
  return term;
}

Result<Value> key_from_text(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(" \t");
  const bool is_json =
      begin != text.npos && std::string_view("[{\"").find(text[begin]) != text.npos;
  auto term = term_from_text(text);
  if (term || is_json) return term;
  return Value(std::string(text));
}

Result<ValueArray> row_from_text(std::string_view text) {
  constexpr const char* example =
      R"(; a row is an array such as '["ann",7]' (in quotes for the shell))";
  auto term = term_from_text(text);
  if (!term) return wrong(term.error().text() + example);
  auto* const row = term->get_if<ValueArray>();
  if (row == nullptr) return wrong(fmt::format("{} is not an array{}", in_quotes(text), example));
  return std::move(*row);
}

std::string term_to_text(const Value& term) {
  return to_json(term_for_json(term));
}

Value term_for_json(const Value& term) {
  if (const auto* pid = term.get_if<Pid>()) return marker("$pid", to_string(*pid));
  if (const auto* reference = term.get_if<Reference>()) {
    return marker("$reference", to_string(*reference));
  }
  if (const auto* number = term.get_if<double>()) return real_for_json(*number);
  if (const auto* array = term.get_if<ValueArray>()) {
    ValueArray all;
    for (const Value& each : *array) all.push_back(term_for_json(each));
    return all;
  }
  const auto* const map = term.get_if<ValueMap>();
  if (map == nullptr) return term;
  ValueMap fields;
  for (const auto& [key, each] : *map) fields.emplace(key, term_for_json(each));
  if (marker_in(*map) == nullptr) return fields;
  return Value::map({{"$map", std::move(fields)}});
}

}  // namespace kith::cli
