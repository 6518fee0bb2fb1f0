// SPDX-License-Identifier: Apache-2.0
#include "transport/answer.hpp"

#include <cstddef>
#include <string>

#include "core/limits.hpp"
#include "transport/codec.hpp"

namespace kith::transport {
namespace {

constexpr std::size_t text_size_bytes_max = 4096;

/// Cuts a string between two UTF-8 characters.
std::string shortened(const std::string& text) {
  if (text.size() <= text_size_bytes_max) return text;
  std::size_t end = text_size_bytes_max;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) --end;
  return text.substr(0, end) + "…";
}

Bytes encode_error(const Error& error) {
  return encode_value(Value::map({{"error", error_value(error)}}));
}

}  // namespace

Value error_value(const Error& error) {
  return Value::map(
      {{"code", std::string(to_string(error.code()))}, {"text", shortened(error.text())}});
}

Bytes encode_answer(const Result<Value>& result) {
  if (!result) return encode_error(result.error());
  Bytes answer = encode_value(Value::map({{"ok", *result}}));
  if (answer.size() <= limits::frame_size_bytes_max) return answer;
  return encode_error({ErrorCode::invalid_argument,
                       "the answer has " + std::to_string(answer.size()) +
                           " bytes, but a message has room for " +
                           std::to_string(limits::frame_size_bytes_max) +
                           "; ask for less, or page by page where the operation has pages"});
}

}  // namespace kith::transport
