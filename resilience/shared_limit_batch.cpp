// SPDX-License-Identifier: Apache-2.0
#include "resilience/shared_limit_batch.hpp"

#include <algorithm>
#include <cstddef>
#include <map>
#include <optional>
#include <utility>

#include "actor/server_ref.hpp"
#include "core/limits.hpp"

namespace kith::resilience {
namespace {

/// Holds a message to one primary, with the positions of its items in the batch.
struct Part {
  Pid primary;
  CheckLimits message{};
  std::vector<std::size_t> places{};
  std::size_t bytes = 0;
};

/// Splits the items into messages. Items without a known primary are answered with that error.
std::vector<Part> parts_of(const cluster::PartitionRouter& router, std::vector<CheckLimit> items,
                           LimitAnswers& answers) {
  std::vector<Part> parts;
  std::map<Pid, std::size_t> open;  // the last part of each primary
  for (std::size_t place = 0; place < items.size(); ++place) {
    CheckLimit& item = items[place];
    const auto primary =
        router.primary(cluster::Service::limits, cluster::partition_key(item.name, item.key));
    if (!primary) {
      answers[place] = primary.error();
      continue;
    }
    const std::size_t bytes = item.name.size() + item.key.size();
    const auto [it, is_new] = open.try_emplace(*primary, parts.size());
    if (is_new || parts[it->second].bytes + bytes > limits::limit_batch_bytes_max) {
      it->second = parts.size();
      parts.push_back({.primary = *primary});
    }
    Part& part = parts[it->second];
    part.bytes += bytes;
    part.places.push_back(place);
    part.message.items.push_back(std::move(item));
  }
  return parts;
}

Result<RateDecision> unpacked(const LimitAnswer& answer) {
  if (answer.decision) return *answer.decision;
  const auto code = error_code_from_string(answer.error_code);
  return {code.value_or(ErrorCode::decode), answer.error_text};
}

void take(const Part& part, const Result<std::vector<LimitAnswer>>& reply, LimitAnswers& answers) {
  for (std::size_t i = 0; i < part.places.size(); ++i) {
    Result<RateDecision>& answer = answers[part.places[i]];
    if (!reply)
      answer = reply.error();
    else if (i < reply->size())
      answer = unpacked((*reply)[i]);
    else
      answer = Error(ErrorCode::decode, "the primary sent too few answers");
  }
}

void ask_all(System& system, std::vector<Part>& parts, LimitAnswers& answers) {
  using Reply = CheckLimits::Reply;
  const Clock& clock = system.clock();
  const TimePoint deadline = clock.now() + limits::call_timeout_default;
  std::vector<Result<PendingReply<Reply>>> pending;
  for (Part& part : parts) {
    pending.push_back(
        send_request(ServerRef<LimitProtocol>(&system, part.primary), std::move(part.message)));
  }
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const Duration left = std::max<Duration>(deadline - clock.now(), Duration::zero());
    const auto reply =
        pending[i] ? receive_response(*pending[i], left) : Result<Reply>(pending[i].error());
    take(parts[i], reply, answers);
  }
}

}  // namespace

Result<LimitAnswers> check_limits(System& system, const cluster::PartitionRouter& router,
                                  std::vector<CheckLimit> items) {
  if (const auto good = validate_batch(items.size()); !good) return good.error();
  LimitAnswers answers(items.size(), Error(ErrorCode::internal, "not asked"));
  std::vector<Part> parts = parts_of(router, std::move(items), answers);
  const auto ask = [&]() -> Result<void> {
    ask_all(system, parts, answers);
    return {};
  };
  if (const auto asked = detail::in_process(&system, ask); !asked) return asked.error();
  return answers;
}

}  // namespace kith::resilience
