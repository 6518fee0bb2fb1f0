// SPDX-License-Identifier: Apache-2.0
#include <exception>
#include <functional>
#include <map>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <variant>

#include "actor/process.hpp"
#include "tests/conformance/scenario.hpp"
#include "tests/conformance/table_performer.hpp"
#include "tests/conformance/term.hpp"
#include "tests/conformance/world.hpp"

namespace kith::conformance {
namespace {

using Work = std::function<void()>;

/// Performs the steps of one scenario from a plain thread; its processes execute the functions sent
/// to them.
class TableDriver {
 public:
  TableDriver(const Scenario& scenario, const PlayOptions& options)
      : world_(options), directory_(TableDirectory::start_link(world_.system()).value()) {
    for (const char* name : {"owner", "p1", "p2", "p3"}) {
      const Pid pid = spawn(world_.system(), [this, name] { live(name); });
      world_.set_name(pid, name);
    }
    in("owner", [&] { performer_.emplace(world_, directory_, scenario.setup); });
  }

  ValueArray perform(const Value& step) {
    Value result;
    if (text_at(step, 0) == "exit") {
      in(text_at(step, 1), [] { exit("normal"); });
      result = Value::map({{"ok", true}});
    } else if (text_at(step, 0) == "as" && items(step).size() > 2) {
      const Value rest = ValueArray(items(step).begin() + 2, items(step).end());
      in(text_at(step, 1), [&] { result = performer_->perform(rest); });
    } else {
      in("owner", [&] { result = performer_->perform(step); });
    }
    ValueArray seen = {result};
    std::ranges::move(std::exchange(transfers_, {}), std::back_inserter(seen));
    return seen;
  }

 private:
  void live(const std::string& name) {
    for (;;) {
      auto message = receive<Work, TableTransfer>();
      if (!message) return;
      if (const auto* work = std::get_if<Work>(&*message)) {
        (*work)();
        continue;
      }
      auto& transfer = std::get<TableTransfer>(*message);
      transfers_.push_back(
          Value::map({{"transfer", Value::map({{"to", name},
                                               {"from", world_.name_of(transfer.from)},
                                               {"data", transfer.data}})}}));
    }
  }
  /// Runs work in a process; rethrows its exceptions.
  void in(const std::string& process, const Work& work) {
    std::exception_ptr problem;
    const Work guarded = [&] {
      try {
        work();
      } catch (const std::exception&) {
        problem = std::current_exception();
      }
    };
    const Pid pid = world_.process(process);
    if (!pid) throw std::runtime_error("no such process: " + process);
    static_cast<void>(send(world_.system(), pid, Work(guarded)));
    world_.run_until_quiet();
    if (problem) std::rethrow_exception(problem);
  }

  ValueArray transfers_;
  World world_;
  TableDirectory directory_;
  std::optional<TablePerformer> performer_;
};

}  // namespace

Observed play_tables(const Scenario& scenario, const PlayOptions&) {
  TableDriver driver(scenario, {});  // nothing here takes time
  Observed observed;
  for (const Value& step : scenario.steps) observed.push_back(driver.perform(step));
  return observed;
}

}  // namespace kith::conformance
