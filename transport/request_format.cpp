// SPDX-License-Identifier: Apache-2.0
#include "transport/request_format.hpp"

#include <string>

#include <fmt/format.h>

#include "core/limits.hpp"
#include "transport/internal/big_endian.hpp"

namespace kith::transport {

namespace {

using internal::append_big_endian;
using internal::read_big_endian;

constexpr char delimited_mark = 'd';
constexpr char plain_mark = 'p';

Error malformed(std::string text) {
  return {ErrorCode::decode,
          std::move(text) + "; a request is one message: 'R', 8 bytes number, a MessagePack map"};
}

std::optional<Error> problem_of(std::span<const Bytes> parts, std::size_t size_bytes) {
  if (parts.size() != 1) {
    return malformed(fmt::format("the request has {} parts instead of one", parts.size()));
  }
  if (parts.front().empty()) return malformed("the request is empty");
  if (parts.front().front() != request_mark) {
    return malformed(fmt::format("the request begins with byte 0x{:02x} instead of 'R'",
                                 std::to_integer<unsigned>(parts.front().front())));
  }
  if (size_bytes < request_prefix_bytes) {
    return malformed(fmt::format("the request ends after {} bytes, within its number", size_bytes));
  }
  if (size_bytes - request_prefix_bytes > limits::frame_size_bytes_max) {
    return Error(ErrorCode::invalid_argument,
                 fmt::format("the request has {} bytes, more than the limit of {}; send less at "
                             "once",
                             size_bytes - request_prefix_bytes, limits::frame_size_bytes_max));
  }
  return std::nullopt;
}

}  // namespace

RequestEnvelope read_request(std::span<const Bytes> parts, std::size_t size_bytes) {
  RequestEnvelope request;
  if (parts.size() > 1 && parts.front().empty()) {
    request.delimited = true;
    parts = parts.subspan(1);
  }
  request.problem = problem_of(parts, size_bytes);
  if (parts.empty()) return request;
  const BytesView first(parts.front());
  if (first.size() >= request_prefix_bytes && first.front() == request_mark) {
    request.number = read_big_endian<std::uint64_t>(first.subspan(1));
    if (!request.problem) request.body = first.subspan(request_prefix_bytes);
  }
  return request;
}

ClientId make_client_id(BytesView routing_id, const RequestEnvelope& request) {
  ClientId id(1, request.delimited ? delimited_mark : plain_mark);
  id += as_text(routing_id);
  Bytes number;
  append_big_endian(number, request.number);
  id += as_text(number);
  return id;
}

std::optional<ReplyAddress> read_client_id(const ClientId& client) {
  if (client.size() <= request_prefix_bytes) return std::nullopt;
  const std::string_view id(client);
  return ReplyAddress{.connection = id.substr(1, id.size() - request_prefix_bytes),
                      .delimited = id.front() == delimited_mark,
                      .number = as_bytes(id.substr(id.size() - request_number_bytes))};
}

}  // namespace kith::transport
