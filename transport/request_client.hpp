#pragma once

#include <cstdint>
#include <memory>
#include <utility>

#include "core/bytes.hpp"
#include "core/clock.hpp"
#include "core/result.hpp"
#include "transport/transport.hpp"

namespace kith::transport {

/// Asks a node: the side of the `kith` command and of attached apps. Each request gets one answer
/// or one error; many may be under way at once. When the connection breaks, all that wait fail at
/// once with `no_connection`; the client connects again by itself, and requests begun meanwhile
/// fail with `no_connection`. Thread-safety: none; one owner.
///
///     auto client = transport::RequestClient::connect("127.0.0.1:7400");
///     if (!client) return client.error();
///     Result<Bytes> answer = client->request(question, std::chrono::seconds(5));
class RequestClient {
 public:
  /// Requests that may wait for their answers at once.
  static constexpr std::size_t requests_max = 65'536;

  /// Connects to the node at this address. Errors: `invalid_argument` (not an address),
  /// `no_connection` (refused, host not known or no node: at once; no way there: after `timeout`),
  /// `timeout` (something accepts the connection but says nothing: it is stopped or overloaded).
  static Result<RequestClient> connect(const Address& address,
                                       Duration timeout = std::chrono::seconds(3));
  ~RequestClient();
  RequestClient(RequestClient&&) noexcept;
  RequestClient& operator=(RequestClient&&) noexcept;

  /// Asks and waits for the answer. Errors: `timeout`, and as `begin`.
  Result<Bytes> request(BytesView request, Duration timeout);
  /// Asks; the answer comes out of `next` under the number that is given. Errors: `no_connection`,
  /// `overloaded` (too many requests wait: call `next`), `invalid_argument` (too large).
  Result<std::uint64_t> begin(BytesView request);
  /// Waits for the answer, or the failure, of any request that was begun. Errors: `timeout`;
  /// `not_found` when no request waits.
  Result<std::pair<std::uint64_t, Result<Bytes>>> next(Duration timeout);

 private:
  class Connection;
  explicit RequestClient(std::unique_ptr<Connection> connection);

  std::unique_ptr<Connection> connection_;
};

}  // namespace kith::transport
