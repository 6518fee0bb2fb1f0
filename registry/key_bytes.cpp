// SPDX-License-Identifier: Apache-2.0
#include "registry/key_bytes.hpp"

#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>

namespace kith {
namespace {

/// Appends 7 bits per byte, the lowest first, so that small numbers are short.
void append_number(std::string& bytes, std::uint64_t number) {
  for (; number >= 0x80; number >>= 7U) bytes.push_back(static_cast<char>(number | 0x80U));
  bytes.push_back(static_cast<char>(number));
}

void append_text(std::string& bytes, std::string_view text) {
  append_number(bytes, text.size());
  bytes.append(text);
}

std::uint64_t bits_of(double number) {
  if (std::isnan(number)) number = std::numeric_limits<double>::quiet_NaN();
  return std::bit_cast<std::uint64_t>(number == 0 ? 0.0 : number);  // both zeros are equal
}

void append(std::string& bytes, const Value& term) {
  bytes.push_back(static_cast<char>(term.kind()));
  switch (term.kind()) {
    case Value::Kind::null:
      return;
    case Value::Kind::boolean:
      return append_number(bytes, *term.get_if<bool>() ? 1 : 0);
    case Value::Kind::integer: {
      // Zigzag encoding: negative numbers close to zero are short too.
      const std::int64_t number = *term.get_if<std::int64_t>();
      const auto sign = static_cast<std::uint64_t>(number >> 63U);
      return append_number(bytes, (static_cast<std::uint64_t>(number) << 1U) ^ sign);
    }
    case Value::Kind::real:
      return append_number(bytes, bits_of(*term.get_if<double>()));
    case Value::Kind::string:
      return append_text(bytes, *term.get_if<std::string>());
    case Value::Kind::bytes: {
      const Bytes& content = *term.get_if<Bytes>();
      append_number(bytes, content.size());
      for (const std::byte each : content) bytes.push_back(static_cast<char>(each));
      return;
    }
    case Value::Kind::array: {
      const ValueArray& elements = *term.get_if<ValueArray>();
      append_number(bytes, elements.size());
      for (const Value& element : elements) append(bytes, element);
      return;
    }
    case Value::Kind::map: {
      const ValueMap& fields = *term.get_if<ValueMap>();
      append_number(bytes, fields.size());
      for (const auto& [name, field] : fields) {
        append_text(bytes, name);
        append(bytes, field);
      }
      return;
    }
    case Value::Kind::pid: {
      const Pid& pid = *term.get_if<Pid>();
      append_number(bytes, pid.node);
      append_number(bytes, pid.index);
      return append_number(bytes, pid.generation);
    }
    case Value::Kind::reference: {
      const Reference& reference = *term.get_if<Reference>();
      append_number(bytes, reference.node);
      return append_number(bytes, reference.id);
    }
  }
}

}  // namespace

std::string key_bytes(const Value& key) {
  std::string bytes;
  append(bytes, key);
  return bytes;
}

std::string key_bytes(std::string_view text) {
  std::string bytes(1, static_cast<char>(Value::Kind::string));
  append_text(bytes, text);
  return bytes;
}

}  // namespace kith
