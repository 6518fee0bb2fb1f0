// SPDX-License-Identifier: Apache-2.0
#include "core/wire.hpp"

#include "core/value.hpp"

namespace kith {

void wire_write(WireWriter& writer, const Value& value) {
  switch (value.kind()) {
    case Value::Kind::null:
      return writer.null();
    case Value::Kind::boolean:
      return writer.boolean(*value.get_if<bool>());
    case Value::Kind::integer:
      return writer.integer(*value.get_if<std::int64_t>());
    case Value::Kind::real:
      return writer.real(*value.get_if<double>());
    case Value::Kind::string:
      return writer.text(*value.get_if<std::string>());
    case Value::Kind::bytes:
      return writer.bytes(*value.get_if<Bytes>());
    case Value::Kind::pid:
      return writer.pid(*value.get_if<Pid>());
    case Value::Kind::reference:
      return writer.reference(*value.get_if<Reference>());
    case Value::Kind::array: {
      const auto& array = *value.get_if<ValueArray>();
      writer.begin_array(array.size());
      for (const Value& element : array) wire_write(writer, element);
      return;
    }
    case Value::Kind::map: {
      const auto& map = *value.get_if<ValueMap>();
      writer.begin_map(map.size());
      for (const auto& [key, field] : map) {
        writer.text(key);
        wire_write(writer, field);
      }
      return;
    }
  }
}

namespace {

Value read_array(WireReader& reader) {
  ValueArray array;
  for (std::size_t left = reader.begin_array(); left > 0 && !reader.error(); --left) {
    wire_read(reader, array.emplace_back());
  }
  return array;
}

Value read_map(WireReader& reader) {
  ValueMap map;
  for (std::size_t left = reader.begin_map(); left > 0 && !reader.error(); --left) {
    std::string key = reader.text();
    wire_read(reader, map[std::move(key)]);
  }
  return map;
}

}  // namespace

void wire_read(WireReader& reader, Value& value) {
  using Kind = WireReader::Kind;
  switch (reader.peek()) {
    case Kind::null:
      reader.null();
      value = nullptr;
      return;
    case Kind::boolean:
      value = reader.boolean();
      return;
    case Kind::integer:
      value = reader.integer();
      return;
    case Kind::real:
      value = reader.real();
      return;
    case Kind::text:
      value = reader.text();
      return;
    case Kind::bytes:
      value = reader.bytes();
      return;
    case Kind::pid:
      value = reader.pid();
      return;
    case Kind::reference:
      value = reader.reference();
      return;
    case Kind::array:
      value = read_array(reader);
      return;
    case Kind::map:
      value = read_map(reader);
      return;
    case Kind::none:
      reader.fail("a term is missing");
      return;
  }
}

}  // namespace kith
