#pragma once

#include "core/bytes.hpp"
#include "core/result.hpp"
#include "core/value.hpp"

namespace kith::transport {

/// An error as an answer holds it: {"code", "text"}.
[[nodiscard]] Value error_value(const Error& error);

/// Encodes the answer to a request of an app: {"ok": result} or {"error": {"code", "text"}}. A
/// result that has no room in a message becomes `invalid_argument`, so that who asked is not left
/// waiting; a text of more than 4 KiB is cut. Thread-safety: pure.
[[nodiscard]] Bytes encode_answer(const Result<Value>& result);

}  // namespace kith::transport
