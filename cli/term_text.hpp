// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "core/result.hpp"
#include "core/value.hpp"

namespace kith::cli {

/// Terms as JSON, in input and output. Types that JSON lacks are objects with one field:
/// {"$bytes": "00ff"} in hexadecimal, {"$pid": "<1f.12.1>"}, {"$reference": "#Ref<1f.7>"},
/// {"$float": "nan"} (or "infinity", "-infinity"). A map that looks like one of these is
/// {"$map": {...}}. Rows and arrays are arrays, strings and atoms are strings.

/// Parses a term. Errors: `invalid_argument` with the place of the mistake. Pure.
[[nodiscard]] Result<Value> term_from_text(std::string_view text);
/// Parses a key: a term, or the text itself as a string if it is not JSON and does not start like
/// an array, object or quoted string. Errors: `invalid_argument`. Pure.
[[nodiscard]] Result<Value> key_from_text(std::string_view text);
/// Parses a row. Errors: `invalid_argument` with an example of a row. Pure.
[[nodiscard]] Result<ValueArray> row_from_text(std::string_view text);
/// Formats a term on one line. Pure.
[[nodiscard]] std::string term_to_text(const Value& term);
/// Returns the term in a form whose `to_json` equals `term_to_text`. Pure.
[[nodiscard]] Value term_for_json(const Value& term);

}  // namespace kith::cli
