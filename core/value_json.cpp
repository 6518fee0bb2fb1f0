#include "core/value_json.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "core/limits.hpp"

namespace kith {
namespace {

using Json = nlohmann::ordered_json;

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

Value from_tree(const Json& tree) {
  switch (tree.type()) {
    case Json::value_t::boolean:
      return tree.get<bool>();
    case Json::value_t::number_integer:
      return tree.get<std::int64_t>();
    case Json::value_t::number_unsigned: {
      const auto number = tree.get<std::uint64_t>();
      if (number > static_cast<std::uint64_t>(INT64_MAX)) return static_cast<double>(number);
      return static_cast<std::int64_t>(number);
    }
    case Json::value_t::number_float:
      return tree.get<double>();
    case Json::value_t::string:
      return tree.get<std::string>();
    case Json::value_t::array: {
      ValueArray array;
      for (const auto& element : tree) array.push_back(from_tree(element));
      return array;
    }
    case Json::value_t::object: {
      ValueMap map;
      for (const auto& [key, field] : tree.items()) map.insert_or_assign(key, from_tree(field));
      return map;
    }
    default:
      return nullptr;
  }
}

}  // namespace

std::string to_json(const Value& value, int indent) {
  return to_tree(value).dump(indent, ' ', false, Json::error_handler_t::replace);
}

Result<Value> from_json(std::string_view text) {
  bool too_deep = false;
  const auto guard = [&](int depth, Json::parse_event_t, Json&) {
    if (depth > static_cast<int>(limits::decode_depth_max)) too_deep = true;
    return !too_deep;
  };
  try {
    const Json tree = Json::parse(text, guard);
    if (too_deep) {
      return Error(ErrorCode::decode,
                   fmt::format("JSON nests deeper than {} levels", limits::decode_depth_max));
    }
    return from_tree(tree);
  } catch (const Json::exception& problem) {
    std::string_view what = problem.what();  // "[json.exception.parse_error.101] parse error ..."
    if (const std::size_t mark = what.find("] "); what.starts_with('[') && mark != what.npos) {
      what.remove_prefix(mark + 2);
    }
    return Error(ErrorCode::decode, fmt::format("not JSON: {}", what));
  }
}

std::string json_excerpt(const Value& value) {
  constexpr std::size_t shown_max = 200;
  std::string text = to_json(value);
  if (text.size() <= shown_max) return text;
  std::size_t end = shown_max;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) --end;  // in UTF-8
  return fmt::format("{}... ({} bytes)", text.substr(0, end), text.size());
}

}  // namespace kith
