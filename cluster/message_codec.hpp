// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include "core/bytes.hpp"
#include "core/printable.hpp"
#include "core/result.hpp"
#include "core/wire.hpp"
#include "core/wire_types.hpp"

/// Encodes a closed set of messages as an array of the wire name and the fields.
namespace kith::cluster {

/// Encodes one message of a variant of `KITH_WIRE` structs.
template <typename Variant>
[[nodiscard]] Bytes encode_variant(const Variant& message, const WireFormat& format) {
  return format.encode([&](WireWriter& writer) {
    std::visit(
        [&]<typename M>(const M& content) {
          writer.begin_array(2);
          writer.text(M::kith_wire_name());
          wire_write(writer, content);
        },
        message);
  });
}

namespace codec_detail {

template <typename Variant, typename M>
bool read_if_named(std::string_view name, WireReader& reader, Variant& out) {
  if (name != M::kith_wire_name()) return false;
  wire_read(reader, out.template emplace<M>());
  return true;
}

template <typename Variant, std::size_t... I>
void read_named(std::string_view name, WireReader& reader, Variant& out,
                std::index_sequence<I...> /*alternatives*/) {
  const bool known =
      (read_if_named<Variant, std::variant_alternative_t<I, Variant>>(name, reader, out) || ...);
  if (!known) reader.fail("no message is called " + in_quotes(name));
}

}  // namespace codec_detail

/// Decodes a message. Error: `decode` (malformed, unknown name, missing fields). The caller must
/// validate enums and sizes.
template <typename Variant>
[[nodiscard]] Result<Variant> decode_variant(BytesView bytes, const WireFormat& format) {
  Variant message;
  const auto done = format.decode(bytes, [&](WireReader& reader) {
    if (reader.begin_array() != 2) return reader.fail("a message is a name and its fields");
    const std::string name = reader.text();
    if (reader.error()) return;
    codec_detail::read_named(name, reader, message,
                             std::make_index_sequence<std::variant_size_v<Variant>>{});
  });
  if (!done) return done.error();
  return message;
}

}  // namespace kith::cluster
