// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <concepts>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "core/bytes.hpp"
#include "core/error.hpp"
#include "core/pid.hpp"
#include "core/result.hpp"

namespace kith {

class Value;

/// Encodes the parts of a message in sequence. A container starts with its number of elements; a
/// map's key is a `text`, followed by its value. Thread-safety: none; one writer per message.
class WireWriter {
 public:
  virtual ~WireWriter() = default;
  virtual void null() = 0;
  virtual void boolean(bool value) = 0;
  virtual void integer(std::int64_t value) = 0;
  virtual void real(double value) = 0;
  virtual void text(std::string_view value) = 0;
  virtual void bytes(BytesView value) = 0;
  virtual void pid(const Pid& value) = 0;
  virtual void reference(const Reference& value) = 0;
  virtual void begin_array(std::size_t elements) = 0;
  virtual void begin_map(std::size_t fields) = 0;
};

/// Decodes the parts of a message in sequence, the inverse of `WireWriter`. The first error is
/// sticky: later reads return empty values and `error()` says what was wrong and where, so that
/// decoders need not check each part. Thread-safety: none.
class WireReader {
 public:
  enum class Kind : std::uint8_t {
    null,
    boolean,
    integer,
    real,
    text,
    bytes,
    pid,
    reference,
    array,
    map,
    none
  };
  virtual ~WireReader() = default;
  /// Returns the kind of the next part; `none` after the last part or after an error.
  [[nodiscard]] virtual Kind peek() = 0;
  virtual void null() = 0;
  virtual bool boolean() = 0;
  virtual std::int64_t integer() = 0;
  /// Also accepts an integer.
  virtual double real() = 0;
  virtual std::string text() = 0;
  virtual Bytes bytes() = 0;
  virtual Pid pid() = 0;
  virtual Reference reference() = 0;
  /// Enters an array and returns its number of elements, which must all be read or skipped.
  virtual std::size_t begin_array() = 0;
  /// Enters a map and returns its number of fields; each is a `text` key and a value.
  virtual std::size_t begin_map() = 0;
  /// Skips the next part with all its elements.
  virtual void skip() = 0;
  /// Records an error, unless there is one already.
  virtual void fail(std::string text) = 0;
  /// Returns the first error, or nullopt.
  [[nodiscard]] virtual const std::optional<Error>& error() const = 0;
};

/// Converts messages to bytes and back. kith uses MessagePack (transport/codec.hpp), which the node
/// passes to the runtime. Thread-safety: stateless, any thread.
class WireFormat {
 public:
  virtual ~WireFormat() = default;
  /// Returns the bytes of all that `write` writes.
  [[nodiscard]] virtual Bytes encode(const std::function<void(WireWriter&)>& write) const = 0;
  /// Calls `read` with a reader of the bytes. Errors: `decode` if a limit is exceeded, the bytes
  /// are malformed, `read` recorded an error, or bytes are left over.
  [[nodiscard]] virtual Result<void> decode(BytesView bytes,
                                            const std::function<void(WireReader&)>& read) const = 0;
};

/// Writes a dynamic term.
void wire_write(WireWriter& writer, const Value& value);
/// Reads a dynamic term.
void wire_read(WireReader& reader, Value& value);

}  // namespace kith
