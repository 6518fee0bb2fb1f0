// SPDX-License-Identifier: Apache-2.0

// Input of an app is either refused with a reason, or is a request whose reply is routed back and
// whose content is a term or an error. The first byte determines where the input is split into
// parts.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <span>
#include <vector>

#include "node/operation_fields.hpp"
#include "transport/answer.hpp"
#include "transport/codec.hpp"
#include "transport/request_format.hpp"

namespace {

using namespace kith;
using namespace kith::transport;

void require(bool holds) {
  if (!holds) std::abort();
}

std::vector<Bytes> parts_of(BytesView bytes) {
  if (bytes.empty()) return {};
  const std::size_t cut = std::to_integer<std::size_t>(bytes.front());
  bytes = bytes.subspan(1);
  if (cut >= bytes.size()) return {to_owned(bytes)};
  return {to_owned(bytes.first(cut)), to_owned(bytes.subspan(cut))};
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::vector<Bytes> parts = parts_of(std::as_bytes(std::span(data, size)));
  std::size_t size_bytes = 0;
  for (const Bytes& part : parts) size_bytes += part.size();
  const RequestEnvelope request = read_request(parts, size_bytes);
  const ClientId client = make_client_id(as_bytes("route"), request);
  const auto back = read_client_id(client);
  require(back && back->connection == "route" && back->delimited == request.delimited);
  if (request.problem) {
    require(request.body.empty() && !request.problem->text().empty());
    return 0;
  }
  const auto term = decode_value(request.body);
  if (!term) return 0;
  const Value* operation = term->find("op");
  const auto known = node::check_fields(operation == nullptr ? "" : operation->text_or(""), *term);
  if (!known) require(decode_value(encode_answer(known.error())).has_value());
  return 0;
}
