// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "core/limits.hpp"
#include "core/result.hpp"
#include "transport/transport.hpp"

namespace kith::transport::internal {

/// Bounds of a `ClientLedger`, in bytes.
struct ClientBounds {
  std::size_t client_requests = limits::client_requests_bytes_max;
  std::size_t requests = limits::requests_bytes_max;
  std::size_t client_answers = limits::client_answers_bytes_max;
  std::size_t answers = limits::answers_bytes_max;
};

/// Decisions about an answer.
enum class AnswerFate : std::uint8_t {
  send,     ///< there is room
  shorten,  ///< no room: send an error instead, for which some room is reserved
  drop,     ///< no room for the error either: the app does not read its answers
  unknown,  ///< the request is not open: it was answered before, or does not exist
};

/// Counts the bytes that a node keeps for attached apps: requests from their arrival until they are
/// answered, answers until the operating system has taken them or the app is gone. When the bounds
/// for all apps together are exceeded, apps with less than `small_share_bytes` may continue, up to
/// twice these bounds, so that a few apps that do not read cannot lock out the others. Has no
/// knowledge of sockets. Thread-safety: none.
class ClientLedger {
 public:
  /// Cost of an answer in addition to its bytes.
  static constexpr std::size_t answer_cost_bytes = 256;
  /// Part of a client's share that is reserved for errors in place of answers.
  static constexpr std::size_t notices_bytes = 4U << 20U;
  /// Room reserved per such error, which is not larger.
  static constexpr std::size_t notice_bytes = 1024;
  /// Enough for an answer of the largest size.
  static constexpr std::size_t small_share_bytes = 2U << 20U;

  explicit ClientLedger(ClientBounds bounds = {}) : bounds_(bounds) {}

  /// Opens a request. Errors: `overloaded`, if the client or all together have too many bytes of
  /// requests in flight, or the client does not read its answers.
  Result<void> open(const ClientId& client, std::string_view connection, std::size_t size_bytes);
  /// Closes a request and reserves room for its answer: `size_bytes` for `send`, `notice_bytes` for
  /// `shorten`.
  AnswerFate answer(const ClientId& client, std::string_view connection, std::size_t size_bytes);
  /// Reserves room for an answer to a request that was not opened; false if there is none.
  bool refuse(std::string_view connection, std::size_t size_bytes);
  /// Releases the room of an answer that was sent, or will never be.
  void release(std::string_view connection, std::size_t size_bytes);
  /// Returns the open requests.
  [[nodiscard]] std::vector<ClientId> unanswered() const;
  /// Return the bytes of all answers, and of those to one client.
  [[nodiscard]] std::size_t answers_bytes() const { return answers_bytes_; }
  [[nodiscard]] std::size_t answers_bytes(std::string_view connection) const;

 private:
  struct Account {
    std::size_t requests_bytes = 0;
    std::size_t answers_bytes = 0;
  };
  bool keep_answer(Account& account, std::size_t size_bytes, std::size_t extra_bytes);
  void forget_if_idle(const std::string& connection);

  ClientBounds bounds_;
  std::unordered_multimap<ClientId, std::size_t> open_;  ///< open requests and their cost in bytes
  std::unordered_map<std::string, Account> accounts_;
  std::size_t requests_bytes_ = 0;
  std::size_t answers_bytes_ = 0;
};

}  // namespace kith::transport::internal
