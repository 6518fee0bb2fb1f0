#pragma once

#include <string>
#include <string_view>

#include "core/result.hpp"
#include "core/value.hpp"

namespace kith::cli {

/// Terms as JSON, the same when they are read and when they are shown. What JSON does not have is
/// an object with one field: {"$bytes": "00ff"} in hexadecimal, {"$pid": "<1f.12.1>"},
/// {"$reference": "#Ref<1f.7>"}, {"$float": "nan"} (or "infinity", "-infinity"). A map that looks
/// like these is {"$map": {...}}. Rows and arrays are arrays, texts and atoms are texts.

/// Reads a term. Error: `invalid_argument` with the place of the mistake. Pure.
[[nodiscard]] Result<Value> term_from_text(std::string_view text);
/// Reads a key: a term or, when it does not begin like an array, object or text in quotes, the
/// words as they stand. Error: `invalid_argument`. Pure.
[[nodiscard]] Result<Value> key_from_text(std::string_view text);
/// Reads a row. Error: `invalid_argument`, showing how a row is written. Pure.
[[nodiscard]] Result<ValueArray> row_from_text(std::string_view text);
/// The term on one line. Pure.
[[nodiscard]] std::string term_to_text(const Value& term);
/// The term in a form whose `to_json` is `term_to_text`. Pure.
[[nodiscard]] Value term_for_json(const Value& term);

}  // namespace kith::cli
