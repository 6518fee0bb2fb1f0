// SPDX-License-Identifier: Apache-2.0
#include "core/value.hpp"

#include <algorithm>
#include <cmath>

namespace kith {
namespace {

using Kind = Value::Kind;

/// Returns the rank of a term's kind in the order of terms; null is between false and true.
int rank(const Value& value) {
  switch (value.kind()) {
    case Kind::integer:
    case Kind::real:
      return 0;
    case Kind::boolean:
      return *value.get_if<bool>() ? 3 : 1;
    case Kind::null:
      return 2;
    default:
      return 4 + static_cast<int>(value.kind());
  }
}

std::strong_ordering order(double a, double b) {
  if (a < b) return std::strong_ordering::less;
  if (a > b) return std::strong_ordering::greater;
  if (a == b) return std::strong_ordering::equal;
  return std::isnan(a) <=> std::isnan(b);
}

/// Compares exactly, also above 2^53, where a conversion to double would lose digits.
std::strong_ordering order(std::int64_t a, double b) {
  if (std::isnan(b) || b >= 0x1.0p63) return std::strong_ordering::less;
  if (b < -0x1.0p63) return std::strong_ordering::greater;
  const double whole = std::floor(b);
  const auto as_integer = static_cast<std::int64_t>(whole);
  if (a != as_integer) return a <=> as_integer;
  return whole < b ? std::strong_ordering::less : std::strong_ordering::equal;
}

std::strong_ordering order_numbers(const Value& a, const Value& b) {
  const auto* ai = a.get_if<std::int64_t>();
  const auto* bi = b.get_if<std::int64_t>();
  if (ai && bi) return *ai <=> *bi;
  if (ai) return order(*ai, *b.get_if<double>());
  if (bi) return 0 <=> order(*bi, *a.get_if<double>());
  return order(*a.get_if<double>(), *b.get_if<double>());
}

/// Compares two terms; unless `exact`, an integer and a float of the same value are equal.
std::strong_ordering order_all(const Value& a, const Value& b, bool exact);

std::strong_ordering order_arrays(const ValueArray& a, const ValueArray& b, bool exact) {
  const std::size_t common = std::min(a.size(), b.size());
  for (std::size_t i = 0; i < common; ++i) {
    if (const auto c = order_all(a[i], b[i], exact); c != 0) return c;
  }
  return a.size() <=> b.size();
}

std::strong_ordering order_maps(const ValueMap& a, const ValueMap& b, bool exact) {
  if (a.size() != b.size()) return a.size() <=> b.size();
  for (auto x = a.begin(), y = b.begin(); x != a.end(); ++x, ++y) {
    if (const auto c = x->first <=> y->first; c != 0) return c;
  }
  for (auto x = a.begin(), y = b.begin(); x != a.end(); ++x, ++y) {
    if (const auto c = order_all(x->second, y->second, exact); c != 0) return c;
  }
  return std::strong_ordering::equal;
}

std::strong_ordering order_all(const Value& a, const Value& b, bool exact) {
  if (const auto c = rank(a) <=> rank(b); c != 0) return c;
  switch (a.kind()) {
    case Kind::integer:
    case Kind::real: {
      const auto c = order_numbers(a, b);
      return c != 0 || !exact ? c : a.kind() <=> b.kind();
    }
    case Kind::null:
    case Kind::boolean:
      return std::strong_ordering::equal;
    case Kind::string:
      return *a.get_if<std::string>() <=> *b.get_if<std::string>();
    case Kind::reference:
      return *a.get_if<Reference>() <=> *b.get_if<Reference>();
    case Kind::pid:
      return *a.get_if<Pid>() <=> *b.get_if<Pid>();
    case Kind::map:
      return order_maps(*a.get_if<ValueMap>(), *b.get_if<ValueMap>(), exact);
    case Kind::array:
      return order_arrays(*a.get_if<ValueArray>(), *b.get_if<ValueArray>(), exact);
    case Kind::bytes:
      return *a.get_if<Bytes>() <=> *b.get_if<Bytes>();
  }
  return std::strong_ordering::equal;
}

}  // namespace

static_assert(sizeof(Value) == 40 && std::is_nothrow_move_constructible_v<Value>);

Value::Box::Box(ValueMap map) : map_(std::make_unique<ValueMap>(std::move(map))) {}
Value::Box::Box(const Box& other) : Box(other.map()) {}
Value::Box& Value::Box::operator=(Box other) noexcept {
  map_.swap(other.map_);
  return *this;
}
Value::Box::~Box() = default;
ValueMap& Value::Box::map() {
  if (map_ == nullptr) map_ = std::make_unique<ValueMap>();
  return *map_;
}
const ValueMap& Value::Box::map() const {
  static const ValueMap empty;
  return map_ == nullptr ? empty : *map_;
}

Value::Kind Value::kind() const {
  static constexpr Kind kinds[] = {Kind::null,   Kind::boolean,  Kind::integer, Kind::real,
                                   Kind::string, Kind::bytes,    Kind::array,   Kind::map,
                                   Kind::pid,    Kind::reference};
  return kinds[data_.index()];
}

const Value* Value::find(std::string_view field) const {
  const auto* map = get_if<ValueMap>();
  if (!map) return nullptr;
  const auto it = map->find(field);
  return it == map->end() ? nullptr : &it->second;
}

std::string Value::text_or(std::string otherwise) const {
  const auto* text = get_if<std::string>();
  return text ? *text : otherwise;
}

std::int64_t Value::integer_or(std::int64_t otherwise) const {
  const auto* number = get_if<std::int64_t>();
  return number ? *number : otherwise;
}

std::strong_ordering operator<=>(const Value& a, const Value& b) {
  return order_all(a, b, true);
}

std::weak_ordering order_by_value(const Value& a, const Value& b) {
  const auto* ai = a.get_if<std::int64_t>();
  const auto* bi = b.get_if<std::int64_t>();
  if (ai != nullptr && bi != nullptr) return *ai <=> *bi;  // fast path: most keys are integers
  return order_all(a, b, false);
}

/// Agrees with `operator<=>`, with fast paths for the most frequent kinds.
bool operator==(const Value& a, const Value& b) {
  if (a.data_.index() != b.data_.index()) return false;
  if (const auto* number = a.get_if<std::int64_t>()) return *number == *b.get_if<std::int64_t>();
  if (const auto* text = a.get_if<std::string>()) return *text == *b.get_if<std::string>();
  if (const auto* parts = a.get_if<ValueArray>()) return *parts == *b.get_if<ValueArray>();
  return (a <=> b) == 0;
}

}  // namespace kith
