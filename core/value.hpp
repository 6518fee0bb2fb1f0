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
/// Its memory comes from the pool of small blocks, so that the rows of a table lie together.
using ValueArray = std::vector<Value, BlockAllocator<Value>>;
/// Fields in the term order of their keys, so that equal maps have equal bytes on the wire.
using ValueMap = std::map<std::string, Value, std::less<>>;

/// A dynamic term: what exit reasons, metadata and untyped messages are made of. Null, boolean,
/// integer (64 bit), float, string, bytes, array, map, pid, reference. Equality is exact (1 and 1.0
/// differ). Thread-safety: plain value.
class Value {
 public:
  /// In the order of kinds: see `operator<=>`.
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

  /// An array of these.
  static Value array(std::initializer_list<Value> elements) { return ValueArray(elements); }
  /// A map of these.
  static Value map(std::initializer_list<std::pair<const std::string, Value>> fields) {
    return ValueMap(fields);
  }

  [[nodiscard]] Kind kind() const;
  [[nodiscard]] bool is_null() const { return kind() == Kind::null; }
  /// The content when it is of that kind, else null: `if (auto* text = v.get_if<std::string>())`.
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
  /// The field of that name when this is a map that has it, else null.
  [[nodiscard]] const Value* find(std::string_view field) const;
  /// The text when this is a string, else `otherwise`.
  [[nodiscard]] std::string text_or(std::string otherwise) const;
  /// The number when this is an integer, else `otherwise`.
  [[nodiscard]] std::int64_t integer_or(std::int64_t otherwise) const;

  /// Erlang's order of terms, with kith's own types put in: numbers < false < null < true
  /// < references < pids < maps < arrays < strings < bytes. Numbers compare by value, exactly; when
  /// equal, the integer comes first. Maps by size, then keys, then values; arrays and strings
  /// element by element, a beginning of another before it.
  friend std::strong_ordering operator<=>(const Value& a, const Value& b);
  friend bool operator==(const Value& a, const Value& b);

 private:
  /// Keeps a map elsewhere, so that all other terms are small. Moved from, it is an empty map.
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

/// The same order for which 1 and 1.0 are equal, also inside arrays and maps: how Erlang's `==` and
/// an ordered_set compare.
[[nodiscard]] std::weak_ordering order_by_value(const Value& a, const Value& b);

/// The term as JSON text; bytes as {"$bytes":"<hex>"}, pids and references as their text. Text that
/// is not UTF-8 has U+FFFD in place of bad bytes. `indent` below 0 means one line.
[[nodiscard]] std::string to_json(const Value& value, int indent = -1);

}  // namespace kith
