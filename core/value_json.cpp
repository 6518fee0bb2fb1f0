// SPDX-License-Identifier: Apache-2.0
#include "core/value_json.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "core/limits.hpp"
#include "core/printable.hpp"

namespace kith {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t problem_size_bytes_max = 200;

std::string hexadecimal(const Bytes& bytes) {
  std::string text;
  for (const std::byte b : bytes) text += fmt::format("{:02x}", std::to_integer<unsigned>(b));
  return text;
}

Json to_tree(const Value& value) {
  switch (value.kind()) {
    case Value::Kind::null:
      return nullptr;
    case Value::Kind::boolean:
      return *value.get_if<bool>();
    case Value::Kind::integer:
      return *value.get_if<std::int64_t>();
    case Value::Kind::real:
      return *value.get_if<double>();
    case Value::Kind::string:
      return *value.get_if<std::string>();
    case Value::Kind::bytes:
      return Json{{"$bytes", hexadecimal(*value.get_if<Bytes>())}};
    case Value::Kind::pid:
      return to_string(*value.get_if<Pid>());
    case Value::Kind::reference:
      return to_string(*value.get_if<Reference>());
    case Value::Kind::array: {
      Json array = Json::array();
      for (const Value& element : *value.get_if<ValueArray>()) array.push_back(to_tree(element));
      return array;
    }
    case Value::Kind::map: {
      Json object = Json::object();
      for (const auto& [key, field] : *value.get_if<ValueMap>()) object[key] = to_tree(field);
      return object;
    }
  }
  return nullptr;
}

/// Builds a term from the events of the parser; stops at the first error. Needed since the parser's
/// own tree turns integers beyond 64 bits into floats of another value.
class TermBuilder final : public nlohmann::json_sax<Json> {
 public:
  bool null() override { return add(nullptr); }
  bool boolean(bool value) override { return add(value); }
  bool number_integer(std::int64_t value) override { return add(value); }
  bool number_unsigned(std::uint64_t value) override {
    if (value > static_cast<std::uint64_t>(INT64_MAX)) return refuse_integer(std::to_string(value));
    return add(static_cast<std::int64_t>(value));
  }
  bool number_float(double value, const std::string& written) override {
    if (written.find_first_of(".eE") == std::string::npos) return refuse_integer(written);
    return add(value);
  }
  bool string(std::string& value) override { return add(std::move(value)); }
  bool binary(Json::binary_t&) override { return false; }  // does not occur in JSON text
  bool start_array(std::size_t) override { return open(ValueArray{}); }
  bool end_array() override { return close(); }
  bool start_object(std::size_t) override { return open(ValueMap{}); }
  bool end_object() override { return close(); }
  bool key(std::string& name) override {
    keys_.back() = std::move(name);
    return true;
  }
  bool parse_error(std::size_t, const std::string&, const Json::exception& problem) override {
    std::string_view what = problem.what();  // "[json.exception.parse_error.101] parse error ..."
    if (const std::size_t mark = what.find("] "); what.starts_with('[') && mark != what.npos) {
      what.remove_prefix(mark + 2);
    }
    const bool long_token = what.size() > problem_size_bytes_max;  // it quotes its input
    return refuse(fmt::format("not JSON: {}{}", what.substr(0, problem_size_bytes_max),
                              long_token ? "…" : ""));
  }

  Result<Value> take() {
    if (problem_) return *problem_;
    return std::move(term_);
  }

 private:
  bool refuse(std::string text) {
    problem_ = Error(ErrorCode::decode, std::move(text));
    return false;
  }
  bool refuse_integer(std::string_view written) {
    return refuse(
        fmt::format("the integer {} has no room in 64 bits: integers go from {} to {}; write it as "
                    "a text, or as a float such as 1.5e20",
                    in_quotes(written), INT64_MIN, INT64_MAX));
  }
  bool add(Value value) {
    if (open_.empty()) {
      term_ = std::move(value);
    } else if (auto* array = open_.back().get_if<ValueArray>()) {
      array->push_back(std::move(value));
    } else {
      auto* map = open_.back().get_if<ValueMap>();
      map->insert_or_assign(std::move(keys_.back()), std::move(value));
    }
    return true;
  }
  bool open(Value container) {
    if (open_.size() >= limits::decode_depth_max) {
      return refuse(fmt::format("JSON nests deeper than {} levels", limits::decode_depth_max));
    }
    open_.push_back(std::move(container));
    keys_.emplace_back();
    return true;
  }
  bool close() {
    Value container = std::move(open_.back());
    open_.pop_back();
    keys_.pop_back();
    return add(std::move(container));
  }

  Value term_;
  std::vector<Value> open_;        ///< open containers, the innermost last
  std::vector<std::string> keys_;  ///< the next key per open container
  std::optional<Error> problem_;
};

}  // namespace

std::string to_json(const Value& value, int indent) {
  return to_tree(value).dump(indent, ' ', false, Json::error_handler_t::replace);
}

Result<Value> from_json(std::string_view text) {
  TermBuilder builder;
  Json::sax_parse(text, &builder);
  return builder.take();
}

std::string json_excerpt(const Value& value) {
  constexpr std::size_t shown_max = 200;
  std::string text = to_json(value);
  if (text.size() <= shown_max) return text;
  std::size_t end = shown_max;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U)
    --end;  // not within a character
  return fmt::format("{}... ({} bytes)", text.substr(0, end), text.size());
}

}  // namespace kith
