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

/// Takes the parts of a message one after the other and makes bytes of them. Containers are
/// announced with their number of elements; a map's key is a `text`, followed by its value.
/// Thread-safety: none; one writer a message.
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

/// Gives the parts of a message one after the other, mirror image of `WireWriter`. The first
/// mistake sticks: later reads give empty values and `error()` says what was wrong where, so that
/// decoders need no check after each part. Thread-safety: none.
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
  /// Kind of the next part; `none` after the last or after a mistake.
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
  /// Enters an array and gives its number of elements, which must all be read or skipped.
  virtual std::size_t begin_array() = 0;
  /// Enters a map and gives its number of fields: for each a `text` key and a value follow.
  virtual std::size_t begin_map() = 0;
  /// Passes over the next part with all it contains.
  virtual void skip() = 0;
  /// Records a mistake (kept only when it is the first).
  virtual void fail(std::string text) = 0;
  /// The first mistake, if any was made.
  [[nodiscard]] virtual const std::optional<Error>& error() const = 0;
};

/// How messages become bytes and back; kith's is MessagePack (transport/codec.hpp), handed to the
/// runtime by the node. Thread-safety: stateless, any thread.
class WireFormat {
 public:
  virtual ~WireFormat() = default;
  /// The bytes of what `write` writes.
  [[nodiscard]] virtual Bytes encode(const std::function<void(WireWriter&)>& write) const = 0;
  /// Lets `read` read the bytes. Errors: `decode` when a limit is passed, the bytes are malformed,
  /// `read` recorded a mistake, or bytes are left over.
  [[nodiscard]] virtual Result<void> decode(BytesView bytes,
                                            const std::function<void(WireReader&)>& read) const = 0;
};

/// Writes a dynamic term.
void wire_write(WireWriter& writer, const Value& value);
/// Reads a dynamic term.
void wire_read(WireReader& reader, Value& value);

}  // namespace kith
