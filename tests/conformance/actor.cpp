// SPDX-License-Identifier: Apache-2.0
#include <variant>

#include "tests/conformance/performer.hpp"
#include "tests/conformance/term.hpp"

namespace kith::conformance {
namespace {

void carry_out(Performer& performer, const Order& order) {
  const std::optional<Value> result = performer.perform(order.operation);
  if (order.outcome == nullptr) {
    if (result) performer.world().observe({"done", performer.name(), *result});
    return;
  }
  order.outcome->result = result;
  order.outcome->at = performer.world().now();
  order.outcome->done = true;
}

}  // namespace

ActorOptions actor_options(const Value& options) {
  return {.traps = is_true(field(options, "trap")),
          .keeps = is_true(field(options, "keep")),
          .then = items(field(options, "then"))};
}

std::function<void()> actor_body(World& world, std::string name, ActorOptions options) {
  return [&world, name = std::move(name), options = std::move(options)] {
    world.set_name(self(), name);
    trap_exits(options.traps);
    Performer performer(world, name);
    for (const Value& operation : options.then) performer.perform(operation);
    for (;;) {
      if (options.keeps) {
        carry_out(performer, receive<Order>().value());
        continue;
      }
      const auto message =
          receive<Order, Value, Down, Exit, TaskResult<Value>, RegistryEvent>().value();
      std::visit(
          [&](const auto& content) {
            using M = std::decay_t<decltype(content)>;
            if constexpr (std::is_same_v<M, Order>)
              carry_out(performer, content);
            else if constexpr (!std::is_same_v<M, TaskResult<Value>>)
              performer.observe(content);
          },
          message);
    }
  };
}

}  // namespace kith::conformance
