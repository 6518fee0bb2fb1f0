// SPDX-License-Identifier: Apache-2.0
#include "transport/codec.hpp"

#include <algorithm>
#include <bit>
#include <exception>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <msgpack.hpp>

#include "core/limits.hpp"
#include "transport/internal/big_endian.hpp"

namespace kith::transport {

namespace {

using Kind = WireReader::Kind;
using Type = msgpack::type::object_type;

constexpr std::int8_t pid_extension = 1;
constexpr std::int8_t reference_extension = 2;
constexpr std::uint32_t extension_size_bytes = 16;
/// The first byte of a 64-bit float in MessagePack.
constexpr std::byte float_64_mark{0xcb};
/// Bytes of a key from outside that an error text quotes.
constexpr std::size_t shown_key_size_bytes_max = 40;

// --- writing ---------------------------------------------------------------

/// The output stream of msgpack's packer.
struct Sink {
  Bytes bytes;
  void write(const char* data, std::size_t size) {
    const BytesView piece = as_bytes({data, size});
    bytes.insert(bytes.end(), piece.begin(), piece.end());
  }
};

class Writer final : public WireWriter {
 public:
  Writer() : packer_(sink_) {}

  void null() override { packer_.pack_nil(); }
  void boolean(bool value) override {
    if (value)
      packer_.pack_true();
    else
      packer_.pack_false();
  }
  void integer(std::int64_t value) override { packer_.pack_int64(value); }
  void real(double value) override {
    // Not the packer's pack_double: it turns 1.0 into the integer 1.
    Bytes part{float_64_mark};
    internal::append_big_endian(part, std::bit_cast<std::uint64_t>(value));
    sink_.write(as_text(part).data(), part.size());
  }
  void text(std::string_view value) override {
    packer_.pack_str(static_cast<std::uint32_t>(value.size()));
    packer_.pack_str_body(value.data(), static_cast<std::uint32_t>(value.size()));
  }
  void bytes(BytesView value) override {
    const std::string_view text = as_text(value);
    packer_.pack_bin(static_cast<std::uint32_t>(text.size()));
    packer_.pack_bin_body(text.data(), static_cast<std::uint32_t>(text.size()));
  }
  void pid(const Pid& value) override {
    const std::uint64_t place = (std::uint64_t{value.index} << 32U) | value.generation;
    extension(pid_extension, value.node, place);
  }
  void reference(const Reference& value) override {
    extension(reference_extension, value.node, value.id);
  }
  void begin_array(std::size_t elements) override {
    packer_.pack_array(static_cast<std::uint32_t>(elements));
  }
  void begin_map(std::size_t fields) override {
    packer_.pack_map(static_cast<std::uint32_t>(fields));
  }

  Bytes take() { return std::move(sink_.bytes); }

 private:
  void extension(std::int8_t type, std::uint64_t first, std::uint64_t second) {
    Bytes body;
    internal::append_big_endian(body, first);
    internal::append_big_endian(body, second);
    packer_.pack_ext(extension_size_bytes, type);
    packer_.pack_ext_body(as_text(body).data(), extension_size_bytes);
  }

  Sink sink_;
  msgpack::packer<Sink> packer_;
};

// --- reading ---------------------------------------------------------------

std::string_view name_of(Kind kind) {
  switch (kind) {
    case Kind::null:
      return "null";
    case Kind::boolean:
      return "boolean";
    case Kind::integer:
      return "integer";
    case Kind::real:
      return "float";
    case Kind::text:
      return "text";
    case Kind::bytes:
      return "bytes";
    case Kind::pid:
      return "pid";
    case Kind::reference:
      return "reference";
    case Kind::array:
      return "array";
    case Kind::map:
      return "map";
    case Kind::none:
      break;
  }
  return "nothing";
}

Kind kind_of(const msgpack::object& object) {
  switch (object.type) {
    case Type::NIL:
      return Kind::null;
    case Type::BOOLEAN:
      return Kind::boolean;
    case Type::POSITIVE_INTEGER:
    case Type::NEGATIVE_INTEGER:
      return Kind::integer;
    case Type::FLOAT32:
    case Type::FLOAT64:
      return Kind::real;
    case Type::STR:
      return Kind::text;
    case Type::BIN:
      return Kind::bytes;
    case Type::ARRAY:
      return Kind::array;
    case Type::MAP:
      return Kind::map;
    case Type::EXT:
      break;
  }
  if (object.via.ext.size != extension_size_bytes) return Kind::none;
  if (object.via.ext.type() == pid_extension) return Kind::pid;
  if (object.via.ext.type() == reference_extension) return Kind::reference;
  return Kind::none;
}

/// Makes a key from outside safe for a log line.
std::string shown(const msgpack::object& key) {
  if (key.type != Type::STR) return "?";
  const std::size_t size = std::min<std::size_t>(key.via.str.size, shown_key_size_bytes_max);
  std::string text(key.via.str.ptr, size);
  std::ranges::replace_if(text, [](char c) { return c < ' ' || c > '~'; }, '?');
  return text;
}

/// Reads an object tree. A level is a container with the index of its next part; the parts of a map
/// are key, value, key, value ...
class Reader final : public WireReader {
 public:
  explicit Reader(const msgpack::object& root) : root_(root) {}

  Kind peek() override {
    const msgpack::object* next = current();
    if (!next) return Kind::none;
    const Kind kind = kind_of(*next);
    if (kind == Kind::none) fail("unknown extension type " + std::to_string(next->via.ext.type()));
    return kind;
  }

  void null() override { take(Kind::null); }
  bool boolean() override {
    const auto* part = take(Kind::boolean);
    return part && part->via.boolean;
  }
  std::int64_t integer() override {
    const auto* part = find(Kind::integer);
    if (!part) return 0;
    if (part->type == Type::POSITIVE_INTEGER && !std::in_range<std::int64_t>(part->via.u64)) {
      fail("the number " + std::to_string(part->via.u64) + " does not fit into 64 bits with sign");
      return 0;
    }
    pass();
    return part->via.i64;
  }
  double real() override {
    if (peek() == Kind::integer) return static_cast<double>(integer());
    const auto* part = take(Kind::real);
    return part ? part->via.f64 : 0;
  }
  std::string text() override {
    const auto* part = take(Kind::text);
    return part ? std::string(part->via.str.ptr, part->via.str.size) : std::string();
  }
  Bytes bytes() override {
    const auto* part = take(Kind::bytes);
    return part ? to_owned(as_bytes({part->via.bin.ptr, part->via.bin.size})) : Bytes();
  }
  Pid pid() override {
    const auto [node, place] = extension(Kind::pid);
    return {.node = node,
            .index = static_cast<std::uint32_t>(place >> 32U),
            .generation = static_cast<std::uint32_t>(place)};
  }
  Reference reference() override {
    const auto [node, id] = extension(Kind::reference);
    return {.node = node, .id = id};
  }
  std::size_t begin_array() override { return enter(Kind::array); }
  std::size_t begin_map() override { return enter(Kind::map) / 2; }
  void skip() override {
    if (current())
      pass();
    else
      fail("a part is missing");
  }
  void fail(std::string text) override {
    if (error_) return;
    const std::string place = path();
    if (!place.empty()) text += " at '" + place + "'";
    error_.emplace(ErrorCode::decode, std::move(text));
  }
  [[nodiscard]] const std::optional<Error>& error() const override { return error_; }

  /// Records an error if parts are left over; called when the message has been read.
  void finish() {
    if (current()) fail("parts are left over");
  }

 private:
  struct Level {
    const msgpack::object* container;
    std::size_t parts;
    std::size_t next;
  };

  static const msgpack::object& part(const Level& level, std::size_t place) {
    if (level.container->type == Type::ARRAY) return level.container->via.array.ptr[place];
    const auto& field = level.container->via.map.ptr[place / 2];
    return place % 2 == 0 ? field.key : field.val;
  }

  /// Returns the next part, null at the end or after an error.
  const msgpack::object* current() {
    if (error_) return nullptr;
    while (!levels_.empty() && levels_.back().next == levels_.back().parts) levels_.pop_back();
    if (!levels_.empty()) return &part(levels_.back(), levels_.back().next);
    return root_read_ ? nullptr : &root_;
  }

  void pass() {
    if (levels_.empty())
      root_read_ = true;
    else
      ++levels_.back().next;
  }

  /// Takes the next part if it is of that kind; otherwise records an error.
  const msgpack::object* find(Kind expected) {
    const Kind found = peek();
    if (found == expected) return current();
    fail("expected " + std::string(name_of(expected)) + ", found " + std::string(name_of(found)));
    return nullptr;
  }
  const msgpack::object* take(Kind expected) {
    const msgpack::object* found = find(expected);
    if (found) pass();
    return found;
  }

  std::pair<std::uint64_t, std::uint64_t> extension(Kind kind) {
    const auto* part = take(kind);
    if (!part) return {0, 0};
    const BytesView body = as_bytes({part->via.ext.data(), extension_size_bytes});
    return {internal::read_big_endian<std::uint64_t>(body),
            internal::read_big_endian<std::uint64_t>(body.subspan(8))};
  }

  std::size_t enter(Kind kind) {
    const auto* container = take(kind);
    if (!container) return 0;
    const std::size_t parts =
        kind == Kind::array ? container->via.array.size : std::size_t{2} * container->via.map.size;
    levels_.push_back({container, parts, 0});
    return parts;
  }

  /// Returns the present position, like "request.names[2]".
  [[nodiscard]] std::string path() const {
    std::string text;
    for (std::size_t i = 0; i < levels_.size(); ++i) {
      const Level& level = levels_[i];
      // All levels but the last have already passed the part that was entered.
      std::size_t place = i + 1 < levels_.size() ? level.next - 1 : level.next;
      if (level.container->type == Type::ARRAY) {
        text += "[" + std::to_string(place) + "]";
        continue;
      }
      if (level.parts == 0) continue;
      place = std::min(place, level.parts - 1);
      text += (text.empty() ? "" : ".") + shown(part(level, place - place % 2));
    }
    return text;
  }

  const msgpack::object& root_;
  bool root_read_ = false;
  std::vector<Level> levels_;
  std::optional<Error> error_;
};

/// Limits of the unpacker. Each element is at least one byte, so an array cannot have more elements
/// than the input has bytes; otherwise a few hostile bytes could reserve much memory.
msgpack::unpack_limit limits_for(std::size_t size_bytes) {
  const std::size_t elements = std::min(limits::decode_elements_max, size_bytes);
  return {elements, elements, size_bytes, size_bytes, size_bytes, limits::decode_depth_max};
}

/// Lets strings and bytes refer to the input, which outlives the tree, instead of copying them.
bool refer(Type, std::size_t, void*) {
  return true;
}

Error decode_error(std::string text) {
  return {ErrorCode::decode, std::move(text)};
}

Result<void> unpack(msgpack::zone& zone, BytesView bytes, msgpack::object& root) {
  try {
    std::size_t used = 0;
    bool referenced = false;
    root = msgpack::unpack(zone, as_text(bytes).data(), bytes.size(), used, referenced, refer,
                           nullptr, limits_for(bytes.size()));
    if (used == bytes.size()) return {};
    return decode_error(std::to_string(bytes.size() - used) + " bytes are left over");
  } catch (const msgpack::array_size_overflow&) {
    return decode_error("an array has more elements than allowed or than there are bytes");
  } catch (const msgpack::map_size_overflow&) {
    return decode_error("a map has more fields than allowed or than there are bytes");
  } catch (const msgpack::depth_size_overflow&) {
    return decode_error("nested deeper than " + std::to_string(limits::decode_depth_max));
  } catch (const msgpack::size_overflow&) {
    return decode_error("a text or bytes are longer than the message");
  } catch (const msgpack::insufficient_bytes&) {
    return decode_error("the message is cut off");
  } catch (const std::exception& exception) {
    return decode_error(std::string("malformed MessagePack: ") + exception.what());
  }
}

}  // namespace

Bytes MessagePack::encode(const std::function<void(WireWriter&)>& write) const {
  Writer writer;
  write(writer);
  return writer.take();
}

Result<void> MessagePack::decode(BytesView bytes,
                                 const std::function<void(WireReader&)>& read) const {
  if (bytes.empty()) return decode_error("there are no bytes");
  if (bytes.size() > limits::frame_size_bytes_max) {
    return decode_error(std::to_string(bytes.size()) + " bytes are more than the limit of " +
                        std::to_string(limits::frame_size_bytes_max));
  }
  msgpack::zone zone;
  msgpack::object root;
  if (Result<void> unpacked = unpack(zone, bytes, root); !unpacked) return unpacked;
  Reader reader(root);
  read(reader);
  reader.finish();
  if (reader.error()) return *reader.error();
  return {};
}

Bytes encode_value(const Value& value) {
  return encode_message(value);
}

Result<Value> decode_value(BytesView bytes) {
  return decode_message<Value>(bytes);
}

}  // namespace kith::transport
