// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <utility>

#include "core/bytes.hpp"
#include "core/clock.hpp"
#include "core/result.hpp"
#include "transport/transport.hpp"

namespace kith::transport {

/// Sends requests to a node, for the `kith` command and attached apps. Each request gets one answer
/// or one error; many may be in flight at once. When the connection breaks, all of them fail at
/// once with `no_connection`, as do requests that are begun before the client has reconnected by
/// itself. Thread-safety: none; one owner.
///
///     auto client = transport::RequestClient::connect("127.0.0.1:7400");
///     if (!client) return client.error();
///     Result<Bytes> answer = client->request(question, std::chrono::seconds(5));
class RequestClient {
 public:
  /// Requests that may be in flight at once.
  static constexpr std::size_t requests_max = 65'536;

  /// Connects to the node at this address. Errors: `invalid_argument` (not an address),
  /// `no_connection` (refused, unknown host or not a node: at once; no route: after `timeout`),
  /// `timeout` (the connection is accepted but silent: the node is stopped or overloaded).
  static Result<RequestClient> connect(const Address& address,
                                       Duration timeout = std::chrono::seconds(3));
  ~RequestClient();
  RequestClient(RequestClient&&) noexcept;
  RequestClient& operator=(RequestClient&&) noexcept;

  /// Sends a request and waits for its answer. Errors: `timeout`, and as `begin`.
  Result<Bytes> request(BytesView request, Duration timeout);
  /// Sends a request without waiting and returns its number, under which `next` returns the answer.
  /// Errors: `no_connection`, `overloaded` (too many requests in flight: call `next`),
  /// `invalid_argument` (too large).
  Result<std::uint64_t> begin(BytesView request);
  /// Waits for the answer or the failure of any request that was begun. Errors: `timeout`;
  /// `not_found` if there is no request in flight.
  Result<std::pair<std::uint64_t, Result<Bytes>>> next(Duration timeout);

 private:
  class Connection;
  explicit RequestClient(std::unique_ptr<Connection> connection);

  std::unique_ptr<Connection> connection_;
};

}  // namespace kith::transport
