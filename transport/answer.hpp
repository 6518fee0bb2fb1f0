// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/bytes.hpp"
#include "core/result.hpp"
#include "core/value.hpp"

namespace kith::transport {

/// Returns an error as the term {"code", "text"} of an answer.
[[nodiscard]] Value error_value(const Error& error);

/// Encodes the answer to a request of an app: {"ok": result} or {"error": {"code", "text"}}. A
/// result larger than a message becomes `invalid_argument`, so that the app receives an answer; the
/// text of an error is cut after 4 KiB. Thread-safety: pure.
[[nodiscard]] Bytes encode_answer(const Result<Value>& result);

}  // namespace kith::transport
