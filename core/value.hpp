// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <compare>
#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "core/block_pool.hpp"
#include "core/bytes.hpp"
#include "core/pid.hpp"

namespace kith {

class Value;
/// An array of terms, allocated by `allocate_block`, so that the rows of a table are close
/// together.
using ValueArray = std::vector<Value, BlockAllocator<Value>>;
/// A map of terms, ordered by key, so that equal maps have equal bytes on the wire.
using ValueMap = std::map<std::string, Value, std::less<>>;

/// A dynamic term, used for exit reasons, metadata and untyped messages: null, boolean, integer (64
/// bit), float, string, bytes, array, map, pid or reference. Equality is exact (1 and 1.0 differ).
/// Thread-safety: plain value.
///
///     const Value job = Value::map({{"name", "resize"}, {"sizes", Value::array({64, 128})}});
///     const std::string name = job.find("name")->text_or("");
///     const std::string json = to_json(job);  // {"name":"resize","sizes":[64,128]}
class Value {
 public:
  /// The kinds of terms, in the order that `operator<=>` has for them.
  enum class Kind : std::uint8_t {
    integer,
    real,
    boolean,
    null,
    reference,
    pid,
    map,
    array,
    string,
    bytes,
  };

  Value() = default;
  Value(std::nullptr_t) {}             // NOLINT
  Value(bool value) : data_(value) {}  // NOLINT
  template <std::integral T>
    requires(!std::same_as<T, bool>)
  Value(T value) : data_(static_cast<std::int64_t>(value)) {}   // NOLINT
  Value(double value) : data_(value) {}                         // NOLINT
  Value(std::string value) : data_(std::move(value)) {}         // NOLINT
  Value(std::string_view value) : data_(std::string(value)) {}  // NOLINT
  Value(const char* value) : data_(std::string(value)) {}       // NOLINT
  Value(Bytes value) : data_(std::move(value)) {}               // NOLINT
  Value(ValueArray value) : data_(std::move(value)) {}          // NOLINT
  Value(ValueMap value) : data_(Box(std::move(value))) {}       // NOLINT
  Value(Pid value) : data_(value) {}                            // NOLINT
  Value(Reference value) : data_(value) {}                      // NOLINT

  /// Returns an array of these elements.
  static Value array(std::initializer_list<Value> elements) { return ValueArray(elements); }
  /// Returns a map of these fields.
  static Value map(std::initializer_list<std::pair<const std::string, Value>> fields) {
    return ValueMap(fields);
  }

  [[nodiscard]] Kind kind() const;
  [[nodiscard]] bool is_null() const { return kind() == Kind::null; }
  /// Returns the content if it is a T, else null: `if (auto* text = v.get_if<std::string>())`.
  template <typename T>
  [[nodiscard]] const T* get_if() const {
    if constexpr (std::same_as<T, ValueMap>) {
      const Box* box = std::get_if<Box>(&data_);
      return box == nullptr ? nullptr : &box->map();
    } else {
      return std::get_if<T>(&data_);
    }
  }
  template <typename T>
  [[nodiscard]] T* get_if() {
    if constexpr (std::same_as<T, ValueMap>) {
      Box* box = std::get_if<Box>(&data_);
      return box == nullptr ? nullptr : &box->map();
    } else {
      return std::get_if<T>(&data_);
    }
  }
  /// Returns the field of a map, or null if this is not a map or has no such field.
  [[nodiscard]] const Value* find(std::string_view field) const;
  /// Returns the content of a string, or `otherwise` for other kinds.
  [[nodiscard]] std::string text_or(std::string otherwise) const;
  /// Returns the number of an integer, or `otherwise` for other kinds.
  [[nodiscard]] std::int64_t integer_or(std::int64_t otherwise) const;

  /// Compares in Erlang's order of terms, extended by kith's kinds: numbers < false < null < true
  /// < references < pids < maps < arrays < strings < bytes. Numbers compare by exact value; if
  /// these are equal, the integer comes first. Maps compare by size, then keys, then values; arrays
  /// and strings lexicographically.
  friend std::strong_ordering operator<=>(const Value& a, const Value& b);
  friend bool operator==(const Value& a, const Value& b);

 private:
  /// Holds a map by pointer, so that terms of other kinds stay small. An empty map after a move.
  class Box {
   public:
    explicit Box(ValueMap map);
    Box(const Box& other);
    Box(Box&& other) noexcept = default;
    Box& operator=(Box other) noexcept;
    ~Box();
    [[nodiscard]] ValueMap& map();
    [[nodiscard]] const ValueMap& map() const;

   private:
    std::unique_ptr<ValueMap> map_;
  };

  std::variant<std::nullptr_t, bool, std::int64_t, double, std::string, Bytes, ValueArray, Box, Pid,
               Reference>
      data_ = nullptr;
};

/// Compares in the same order, but with 1 and 1.0 equal, also inside arrays and maps, as Erlang's
/// `==` and an ordered_set do.
[[nodiscard]] std::weak_ordering order_by_value(const Value& a, const Value& b);

/// Returns the term as JSON: bytes as {"$bytes":"<hex>"}, pids and references as in `to_string`,
/// bytes of a string that are not UTF-8 as U+FFFD. `indent` below 0 means one line.
[[nodiscard]] std::string to_json(const Value& value, int indent = -1);

}  // namespace kith
