// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <functional>
#include <limits>
#include <optional>

#include "table/match_term.hpp"

namespace kith::table {
namespace {

using Arguments = std::span<const MatchTerm>;

constexpr std::size_t any_number = std::numeric_limits<std::size_t>::max();

// --- comparisons --------------------------------------------------------------------

/// Returns whether a value sorts before rows, which are between pids and maps in the term order.
bool is_below_rows(const Value& value) {
  switch (value.kind()) {
    case Value::Kind::map:
    case Value::Kind::array:
    case Value::Kind::string:
    case Value::Kind::bytes:
      return false;
    default:
      return true;
  }
}

std::weak_ordering order(const MatchTerm& a, const MatchTerm& b) {
  if (a.row == nullptr && b.row == nullptr) return order_by_value(*a.value, *b.value);
  if (a.row == nullptr) {
    return is_below_rows(*a.value) ? std::weak_ordering::less : std::weak_ordering::greater;
  }
  if (b.row == nullptr) {
    return is_below_rows(*b.value) ? std::weak_ordering::greater : std::weak_ordering::less;
  }
  if (a.row->size() != b.row->size()) return a.row->size() <=> b.row->size();
  for (std::size_t i = 0; i < a.row->size(); ++i) {
    if (const auto c = order_by_value((*a.row)[i], (*b.row)[i]); c != 0) return c;
  }
  return std::weak_ordering::equivalent;
}

bool same(const MatchTerm& a, const MatchTerm& b) {
  if (a.row != nullptr || b.row != nullptr) {
    return a.row != nullptr && b.row != nullptr && *a.row == *b.row;
  }
  return *a.value == *b.value;
}

template <typename Compare>
bool compare(Arguments arguments, Value& result) {
  result = Compare()(order(arguments[0], arguments[1]), 0);
  return true;
}
struct Less {
  bool operator()(std::weak_ordering order, int) const { return order < 0; }
};
struct LessOrEqual {
  bool operator()(std::weak_ordering order, int) const { return order <= 0; }
};
struct Greater {
  bool operator()(std::weak_ordering order, int) const { return order > 0; }
};
struct GreaterOrEqual {
  bool operator()(std::weak_ordering order, int) const { return order >= 0; }
};
struct Equal {
  bool operator()(std::weak_ordering order, int) const { return order == 0; }
};
struct Unequal {
  bool operator()(std::weak_ordering order, int) const { return order != 0; }
};

bool exactly_equal(Arguments arguments, Value& result) {
  result = same(arguments[0], arguments[1]);
  return true;
}
bool exactly_unequal(Arguments arguments, Value& result) {
  result = !same(arguments[0], arguments[1]);
  return true;
}

// --- truth --------------------------------------------------------------------------

const bool* truth(const MatchTerm& term) {
  return term.value == nullptr ? nullptr : term.value->get_if<bool>();
}

bool all_of(Arguments arguments, Value& result) {
  bool all = true;
  for (const MatchTerm& each : arguments) {
    const bool* const is = truth(each);
    if (is == nullptr) return false;
    all = all && *is;
  }
  result = all;
  return true;
}
bool any_of(Arguments arguments, Value& result) {
  bool any = false;
  for (const MatchTerm& each : arguments) {
    const bool* const is = truth(each);
    if (is == nullptr) return false;
    any = any || *is;
  }
  result = any;
  return true;
}
bool one_of(Arguments arguments, Value& result) {
  const bool* const a = truth(arguments[0]);
  const bool* const b = truth(arguments[1]);
  if (a == nullptr || b == nullptr) return false;
  result = *a != *b;
  return true;
}
bool none_of(Arguments arguments, Value& result) {
  const bool* const is = truth(arguments[0]);
  if (is == nullptr) return false;
  result = !*is;
  return true;
}

// --- numbers ------------------------------------------------------------------------

const std::int64_t* integer(const MatchTerm& term) {
  return term.value == nullptr ? nullptr : term.value->get_if<std::int64_t>();
}

std::optional<double> real(const MatchTerm& term) {
  if (const auto* const whole = integer(term)) return static_cast<double>(*whole);
  if (term.value == nullptr) return std::nullopt;
  if (const auto* const number = term.value->get_if<double>()) return *number;
  return std::nullopt;
}

/// Stores a float result; fails if it is infinite or not a number, like integer overflow does.
bool give(double number, Value& result) {
  if (!std::isfinite(number)) return false;
  result = number;
  return true;
}

/// Computes with integers if both are, failing on overflow; otherwise with floats.
template <bool (*Whole)(std::int64_t, std::int64_t, std::int64_t*), typename Real>
bool arithmetic(Arguments arguments, Value& result) {
  const auto* const a = integer(arguments[0]);
  const auto* const b = integer(arguments[1]);
  if (a != nullptr && b != nullptr) {
    std::int64_t whole = 0;
    if (!Whole(*a, *b, &whole)) return false;
    result = whole;
    return true;
  }
  const auto x = real(arguments[0]);
  const auto y = real(arguments[1]);
  return x && y && give(Real()(*x, *y), result);
}
bool whole_sum(std::int64_t a, std::int64_t b, std::int64_t* sum) {
  return !__builtin_add_overflow(a, b, sum);
}
bool whole_difference(std::int64_t a, std::int64_t b, std::int64_t* difference) {
  return !__builtin_sub_overflow(a, b, difference);
}
bool whole_product(std::int64_t a, std::int64_t b, std::int64_t* product) {
  return !__builtin_mul_overflow(a, b, product);
}

bool add(Arguments arguments, Value& result) {
  if (arguments.size() == 2) return arithmetic<whole_sum, std::plus<>>(arguments, result);
  if (!real(arguments[0])) return false;
  result = *arguments[0].value;
  return true;
}
bool subtract(Arguments arguments, Value& result) {
  if (arguments.size() == 2) return arithmetic<whole_difference, std::minus<>>(arguments, result);
  const Value zero = 0;
  if (integer(arguments[0]) == nullptr) {
    const auto number = real(arguments[0]);
    return number && give(-*number, result);
  }
  const std::array<MatchTerm, 2> from_zero = {MatchTerm{&zero, nullptr}, arguments[0]};
  return arithmetic<whole_difference, std::minus<>>(from_zero, result);
}
bool divide(Arguments arguments, Value& result) {
  const auto x = real(arguments[0]);
  const auto y = real(arguments[1]);
  return x && y && *y != 0 && give(*x / *y, result);
}

template <bool (*F)(std::int64_t, std::int64_t, std::int64_t*)>
bool on_integers(Arguments arguments, Value& result) {
  const auto* const a = integer(arguments[0]);
  const auto* const b = integer(arguments[1]);
  std::int64_t whole = 0;
  if (a == nullptr || b == nullptr || !F(*a, *b, &whole)) return false;
  result = whole;
  return true;
}
// The one quotient beyond 64 bits, -2^63 / -1, fails; its remainder is 0, but `%` would trap.
bool quotient(std::int64_t a, std::int64_t b, std::int64_t* result) {
  if (b == 0 || (b == -1 && a == std::numeric_limits<std::int64_t>::min())) return false;
  *result = a / b;
  return true;
}
bool remainder(std::int64_t a, std::int64_t b, std::int64_t* result) {
  if (b == 0) return false;
  *result = b == -1 ? 0 : a % b;
  return true;
}
bool bits_and(std::int64_t a, std::int64_t b, std::int64_t* result) {
  *result = a & b;
  return true;
}
bool bits_or(std::int64_t a, std::int64_t b, std::int64_t* result) {
  *result = a | b;
  return true;
}
bool bits_xor(std::int64_t a, std::int64_t b, std::int64_t* result) {
  *result = a ^ b;
  return true;
}
/// Shifts left, or right (arithmetically) by a negative number of bits. Fails on overflow.
bool shift_left(std::int64_t a, std::int64_t bits, std::int64_t* result) {
  if (bits <= 0) {
    *result = a >> std::min<std::int64_t>(bits < -63 ? 63 : -bits, 63);
    return true;
  }
  if (a == 0) {
    *result = 0;
    return true;
  }
  if (bits > 63) return false;
  *result = static_cast<std::int64_t>(static_cast<std::uint64_t>(a) << bits);
  return *result >> bits == a;
}
bool shift_right(std::int64_t a, std::int64_t bits, std::int64_t* result) {
  if (bits == std::numeric_limits<std::int64_t>::min()) return a == 0 && (*result = 0, true);
  return shift_left(a, -bits, result);
}
bool bits_not(Arguments arguments, Value& result) {
  const auto* const number = integer(arguments[0]);
  if (number == nullptr) return false;
  result = ~*number;
  return true;
}
bool absolute(Arguments arguments, Value& result) {
  if (const auto* const number = integer(arguments[0])) {
    if (*number == std::numeric_limits<std::int64_t>::min()) return false;
    result = *number < 0 ? -*number : *number;
    return true;
  }
  const auto number = real(arguments[0]);
  return number && give(std::abs(*number), result);
}

// --- kinds --------------------------------------------------------------------------

template <Value::Kind... Kinds>
bool is_kind(Arguments arguments, Value& result) {
  const Value* const value = arguments[0].value;
  result = value != nullptr && ((value->kind() == Kinds) || ...);
  return true;
}

// --- arrays and rows ----------------------------------------------------------------

const ValueArray* array(const MatchTerm& term) {
  return term.value == nullptr ? nullptr : term.value->get_if<ValueArray>();
}

bool head(Arguments arguments, Value& result) {
  const auto* const elements = array(arguments[0]);
  if (elements == nullptr || elements->empty()) return false;
  result = elements->front();
  return true;
}
bool tail(Arguments arguments, Value& result) {
  const auto* const elements = array(arguments[0]);
  if (elements == nullptr || elements->empty()) return false;
  result = ValueArray(elements->begin() + 1, elements->end());
  return true;
}
bool length(Arguments arguments, Value& result) {
  const auto* const elements = array(arguments[0]);
  if (elements == nullptr) return false;
  result = elements->size();
  return true;
}
bool element(Arguments arguments, Value& result) {
  const auto* const position = integer(arguments[0]);
  const TableRow* const row = arguments[1].row;
  if (position == nullptr || row == nullptr || *position < 1) return false;
  if (static_cast<std::uint64_t>(*position) > row->size()) return false;
  result = (*row)[static_cast<std::size_t>(*position - 1)];
  return true;
}

using Kind = Value::Kind;

constexpr auto functions = std::to_array<NamedMatchFunction>({
    {"<", 2, 2, compare<Less>},
    {"<=", 2, 2, compare<LessOrEqual>},
    {">", 2, 2, compare<Greater>},
    {">=", 2, 2, compare<GreaterOrEqual>},
    {"==", 2, 2, compare<Equal>},
    {"!=", 2, 2, compare<Unequal>},
    {"===", 2, 2, exactly_equal},
    {"!==", 2, 2, exactly_unequal},
    {"and", 1, any_number, all_of},
    {"or", 1, any_number, any_of},
    {"xor", 2, 2, one_of},
    {"not", 1, 1, none_of},
    {"+", 1, 2, add},
    {"-", 1, 2, subtract},
    {"*", 2, 2, arithmetic<whole_product, std::multiplies<>>},
    {"/", 2, 2, divide},
    {"div", 2, 2, on_integers<quotient>},
    {"rem", 2, 2, on_integers<remainder>},
    {"abs", 1, 1, absolute},
    {"band", 2, 2, on_integers<bits_and>},
    {"bor", 2, 2, on_integers<bits_or>},
    {"bxor", 2, 2, on_integers<bits_xor>},
    {"bnot", 1, 1, bits_not},
    {"bsl", 2, 2, on_integers<shift_left>},
    {"bsr", 2, 2, on_integers<shift_right>},
    {"is_integer", 1, 1, is_kind<Kind::integer>},
    {"is_float", 1, 1, is_kind<Kind::real>},
    {"is_number", 1, 1, is_kind<Kind::integer, Kind::real>},
    {"is_string", 1, 1, is_kind<Kind::string>},
    {"is_array", 1, 1, is_kind<Kind::array>},
    {"is_object", 1, 1, is_kind<Kind::map>},
    {"is_atom", 1, 1, is_kind<Kind::boolean, Kind::null>},
    {"is_pid", 1, 1, is_kind<Kind::pid>},
    {"is_bytes", 1, 1, is_kind<Kind::bytes>},
    {"hd", 1, 1, head},
    {"tl", 1, 1, tail},
    {"length", 1, 1, length},
    {"element", 2, 2, element},
});

}  // namespace

const NamedMatchFunction* match_function(std::string_view name) {
  const auto* const found = std::ranges::find(functions, name, &NamedMatchFunction::name);
  return found == functions.end() ? nullptr : found;
}

}  // namespace kith::table
