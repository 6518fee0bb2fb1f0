// SPDX-License-Identifier: Apache-2.0
#include "transport/internal/client_ledger.hpp"

#include <fmt/format.h>

namespace kith::transport::internal {

namespace {

/// True if `cost` more bytes fit into the bound of the client and that of all clients together. A
/// client with a small share may exceed the latter, up to twice.
bool fits(std::size_t cost, std::size_t of_client, std::size_t client_max, std::size_t of_all,
          std::size_t all_max) {
  if (of_client + cost > client_max) return false;
  if (of_all + cost <= all_max) return true;
  return of_client + cost <= ClientLedger::small_share_bytes && of_all + cost <= 2 * all_max;
}

}  // namespace

Result<void> ClientLedger::open(const ClientId& client, std::string_view connection,
                                std::size_t size_bytes) {
  const std::string key(connection);
  Account& account = accounts_[key];
  const std::size_t cost = size_bytes + limits::request_cost_bytes;
  if (account.answers_bytes > bounds_.client_answers) {
    return Error(ErrorCode::overloaded,
                 fmt::format("{} MiB of answers wait for this app; take them before you ask again",
                             account.answers_bytes >> 20U));
  }
  if (!fits(cost, account.requests_bytes, bounds_.client_requests, requests_bytes_,
            bounds_.requests)) {
    forget_if_idle(key);
    return Error(ErrorCode::overloaded,
                 "too many requests are under way; wait for answers before you ask again");
  }
  account.requests_bytes += cost;
  requests_bytes_ += cost;
  open_.emplace(client, cost);
  return {};
}

AnswerFate ClientLedger::answer(const ClientId& client, std::string_view connection,
                                std::size_t size_bytes) {
  const auto request = open_.find(client);
  if (request == open_.end()) return AnswerFate::unknown;
  const std::string key(connection);
  Account& account = accounts_[key];
  account.requests_bytes -= request->second;
  requests_bytes_ -= request->second;
  open_.erase(request);
  if (keep_answer(account, size_bytes, 0)) return AnswerFate::send;
  if (keep_answer(account, notice_bytes, notices_bytes)) return AnswerFate::shorten;
  forget_if_idle(key);
  return AnswerFate::drop;
}

bool ClientLedger::refuse(std::string_view connection, std::size_t size_bytes) {
  const std::string key(connection);
  const bool kept = keep_answer(accounts_[key], size_bytes, notices_bytes);
  if (!kept) forget_if_idle(key);
  return kept;
}

bool ClientLedger::keep_answer(Account& account, std::size_t size_bytes, std::size_t extra_bytes) {
  const std::size_t cost = size_bytes + answer_cost_bytes;
  if (!fits(cost, account.answers_bytes, bounds_.client_answers + extra_bytes, answers_bytes_,
            bounds_.answers + extra_bytes)) {
    return false;
  }
  account.answers_bytes += cost;
  answers_bytes_ += cost;
  return true;
}

void ClientLedger::release(std::string_view connection, std::size_t size_bytes) {
  const std::string key(connection);
  const auto account = accounts_.find(key);
  if (account == accounts_.end()) return;
  const std::size_t cost = size_bytes + answer_cost_bytes;
  account->second.answers_bytes -= cost;
  answers_bytes_ -= cost;
  forget_if_idle(key);
}

void ClientLedger::forget_if_idle(const std::string& connection) {
  const auto account = accounts_.find(connection);
  if (account == accounts_.end()) return;
  const bool idle = account->second.requests_bytes == 0 && account->second.answers_bytes == 0;
  if (idle) accounts_.erase(account);
}

std::vector<ClientId> ClientLedger::unanswered() const {
  std::vector<ClientId> clients;
  for (const auto& [client, cost] : open_) clients.push_back(client);
  return clients;
}

std::size_t ClientLedger::answers_bytes(std::string_view connection) const {
  const auto account = accounts_.find(std::string(connection));
  return account == accounts_.end() ? 0 : account->second.answers_bytes;
}

}  // namespace kith::transport::internal
