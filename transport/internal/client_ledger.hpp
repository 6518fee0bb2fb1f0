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

/// What becomes of an answer.
enum class AnswerFate : std::uint8_t {
  send,     ///< there is room
  shorten,  ///< no room: an error says so instead, for which a little is kept free
  drop,     ///< not even that: the app has taken nothing for long
  unknown,  ///< the request is not open: it has been answered, or never was
};

/// Counts what attached apps make a node keep: requests from when they come until they are
/// answered, answers until the operating system has taken them or the app is gone. Beyond the
/// bounds for all apps together, those that have less than `small_share_bytes` go on, up to twice
/// these bounds, so that a few that take nothing do not lock the others out. A plain value without
/// knowledge of sockets. Thread-safety: none.
class ClientLedger {
 public:
  /// What an answer costs besides its bytes.
  static constexpr std::size_t answer_cost_bytes = 256;
  /// Kept free of a client's share for errors in place of answers.
  static constexpr std::size_t notices_bytes = 4U << 20U;
  /// What is kept for such an error, which is never larger.
  static constexpr std::size_t notice_bytes = 1024;
  /// Enough for an answer of the greatest size.
  static constexpr std::size_t small_share_bytes = 2U << 20U;

  explicit ClientLedger(ClientBounds bounds = {}) : bounds_(bounds) {}

  /// Takes a request in. Errors: `overloaded`, when the client or all together have too much under
  /// way, or the client does not take its answers.
  Result<void> open(const ClientId& client, std::string_view connection, std::size_t size_bytes);
  /// Ends a request by an answer of this size, and keeps room for it when it may be sent; for
  /// `shorten` room for `notice_bytes` is kept.
  AnswerFate answer(const ClientId& client, std::string_view connection, std::size_t size_bytes);
  /// Keeps room for an answer to what was never opened. False when there is none.
  bool refuse(std::string_view connection, std::size_t size_bytes);
  /// An answer has left, or will never.
  void release(std::string_view connection, std::size_t size_bytes);
  /// The requests that are not answered.
  [[nodiscard]] std::vector<ClientId> unanswered() const;
  /// What the answers of all, and those of this client, take.
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
  std::unordered_multimap<ClientId, std::size_t> open_;  ///< what each request costs
  std::unordered_map<std::string, Account> accounts_;
  std::size_t requests_bytes_ = 0;
  std::size_t answers_bytes_ = 0;
};

}  // namespace kith::transport::internal
