// SPDX-License-Identifier: Apache-2.0
#include "node/breaker_operations.hpp"

#include <optional>
#include <string>
#include <utility>

#include "core/limits.hpp"
#include "core/printable.hpp"
#include "node/node.hpp"
#include "node/shared_values.hpp"

namespace kith::node {
namespace {

using resilience::BreakerEntry;

/// Holds the results of an action besides the status of the breaker.
struct Done {
  std::optional<BreakerAdmission> admission;  // set if a permit was requested
  std::optional<bool> counted;                // set if a result was recorded
};

Result<Done> ask(const SharedCircuitBreaker& breaker) {
  const auto admission = breaker.acquire();
  if (!admission) return admission.error();
  return Done{*admission, std::nullopt};
}

/// Records a result with the given permit, or else with a permit acquired for it.
Result<Done> record(const SharedCircuitBreaker& breaker, Outcome outcome, const Fields& fields) {
  Done done;
  BreakerPermit permit;
  if (const Value* given = fields.find("permit"); given != nullptr && !given->is_null()) {
    const auto number = fields.natural("permit", 0);
    if (!number) return number.error();
    permit = {*number};
  } else {
    const auto asked = ask(breaker);
    if (!asked) return asked.error();
    done.admission = asked->admission;
    done.counted = false;
    if (!done.admission->permit) return done;
    permit = *done.admission->permit;
  }
  const auto status = breaker.record(permit, outcome);
  if (!status) return status.error();
  done.counted = status->counted;
  return done;
}

Result<Done> carry_out(const SharedCircuitBreaker& breaker, const std::string& action,
                       const Fields& fields) {
  const auto by_hand = breaker_state_from_string(action);
  const auto done = [](const auto& status) -> Result<Done> {
    if (!status) return status.error();
    return Done{};
  };
  if (action == "state") return Done{};
  if (action == "acquire") return ask(breaker);
  if (action == "success") return record(breaker, Outcome::success, fields);
  if (action == "failure") return record(breaker, Outcome::failure, fields);
  if (action == "reset") return done(breaker.reset());
  if (by_hand && *by_hand > BreakerState::half_open) return done(breaker.force(*by_hand));
  return Error(ErrorCode::invalid_argument,
               "unknown action " + in_quotes(action) +
                   "; choose one of state, acquire, success, failure, reset, disabled, "
                   "forced_open, forced_closed, metrics_only");
}

}  // namespace

Result<Value> breaker(Node& node, const Fields& fields) {
  const auto name = fields.text("name");
  if (!name) return name.error();
  if (name->empty() || name->size() > limits::key_size_bytes_max) {
    return Error(ErrorCode::invalid_argument, "a breaker's name has 1 to 4096 bytes");
  }
  const auto options = fields.breaker_options();
  if (!options) return options.error();
  const SharedCircuitBreaker shared =
      fields.defines_breaker() ? node.breaker(*name, *options) : node.breaker(*name);
  const auto action = fields.text("action", "state");
  if (!action) return action.error();
  const auto done = carry_out(shared, *action, fields);
  if (!done) return done.error();
  const auto entry = shared.look();
  if (!entry) return entry.error();
  const BreakerEntry unused{.name = *name, .options = *options, .permitted = true};
  Value value = breaker_value(node, *entry ? **entry : unused);
  ValueMap& map = *value.get_if<ValueMap>();
  map["defined"] = entry->has_value();
  if (done->counted) map["counted"] = *done->counted;
  if (!done->admission) return value;
  const BreakerAdmission& admission = *done->admission;
  map["permitted"] = admission.permit.has_value();
  map["retry_after_ns"] = admission.retry_after.count();
  if (admission.permit && !done->counted) {
    map["permit"] = static_cast<std::int64_t>(admission.permit->generation);
  }
  return value;
}

}  // namespace kith::node
