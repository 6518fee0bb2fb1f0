// SPDX-License-Identifier: Apache-2.0
#include <functional>
#include <limits>
#include <optional>

#include "supervision/dynamic_supervisor.hpp"
#include "supervision/partition_supervisor.hpp"
#include "supervision/spec_from_value.hpp"
#include "supervision/supervision_tree.hpp"
#include "supervision/supervisor.hpp"
#include "supervision/task_supervisor.hpp"
#include "supervision/worker_pool.hpp"
#include "tests/supervision/probe.hpp"

namespace kith {
namespace {

using namespace std::chrono_literals;

/// A duration in the public options, and a function that uses it.
struct TimeField {
  const char* name;
  /// Starts a process with this value, makes it fail once and ends it; an error if it is refused.
  std::function<Result<void>(System&, const Events&, Duration)> use;

  [[maybe_unused]] friend void PrintTo(const TimeField& field, std::ostream* out) {
    *out << field.name;
  }
};

ChildSpec probe_child(const Events& events) {
  return child<Probe>("a", "a", events, ProbeOptions{});
}

/// Kills a process.
void kill_in(System& system, Pid pid) {
  exit(system, pid, "kill");
}

Result<void> crash_and_stop(System& system, const Result<Supervisor>& started) {
  if (!started) return started.error();
  const auto before = started->children().value();
  kill_in(system, before.front().pid);
  const auto after = started->children();
  if (after) {
    for (const ChildInfo& each : *after) EXPECT_GE(each.next_attempt_ms, -1);
  }
  static_cast<void>(started->stop());
  return {};
}

Result<void> crash_and_stop(System& system, const Result<DynamicSupervisor>& started,
                            const ChildSpec& spec) {
  if (!started) return started.error();
  const auto pid = started->start_child(spec);
  if (pid) kill_in(system, *pid);
  if (const auto after = started->children()) {
    for (const ChildInfo& each : *after) EXPECT_GE(each.next_attempt_ms, -1);
  }
  static_cast<void>(started->stop());
  if (!pid) return pid.error();
  return {};
}

using Use = std::function<Result<void>(System&, const Events&, Duration)>;

/// A child with a changed specification, under both kinds of supervisors.
Use with_child(const std::function<void(ChildSpec&, Duration)>& change) {
  return [change](System& system, const Events& events, Duration value) -> Result<void> {
    ChildSpec spec = probe_child(events);
    change(spec, value);
    auto in_dynamic = crash_and_stop(system, DynamicSupervisor::start_link(system), spec);
    auto in_plain = crash_and_stop(system, Supervisor::start_link(system, {spec}));
    EXPECT_EQ(in_dynamic.has_value(), in_plain.has_value());
    return in_plain;
  };
}

std::vector<TimeField> fields() {
  using Backing = Duration Backoff::*;
  const auto backoff = [](Backing field) {
    return with_child([field](ChildSpec& spec, Duration value) {
      spec.backoff.emplace();
      (*spec.backoff).*field = value;
    });
  };
  return {
      {"backoff.first", backoff(&Backoff::first)},
      {"backoff.max", backoff(&Backoff::max)},
      {"shutdown", with_child([](ChildSpec& spec, Duration value) { spec.shutdown = value; })},
      {"within",
       [](System& system, const Events& events, Duration value) {
         return crash_and_stop(
             system, Supervisor::start_link(system, {probe_child(events)}, {.within = value}));
       }},
      {"within",
       [](System& system, const Events& events, Duration value) {
         return crash_and_stop(system, DynamicSupervisor::start_link(system, {.within = value}),
                               probe_child(events));
       }},
      {"within",
       [](System& system, const Events& events, Duration value) -> Result<void> {
         const auto parts = PartitionSupervisor<Probe>::start_link(
             system, {.name = "parts", .partitions = 1, .within = value}, std::string("p"), events);
         if (!parts) return parts.error();
         return crash_and_stop(system, Result<Supervisor>(parts->supervisor()));
       }},
      {"within",
       [](System& system, const Events& events, Duration value) -> Result<void> {
         const auto pool = WorkerPool<Probe>::start_link(
             system, {.name = "pool", .size = 1, .within = value}, std::string("w"), events);
         if (!pool) return pool.error();
         return crash_and_stop(system, Result<Supervisor>(pool->supervisor()));
       }},
      {"shutdown",
       [](System& system, const Events& events, Duration value) -> Result<void> {
         const auto pool = WorkerPool<Probe>::start_link(
             system, {.name = "pool", .size = 1, .shutdown = value}, std::string("w"), events);
         if (!pool) return pool.error();
         return crash_and_stop(system, Result<Supervisor>(pool->supervisor()));
       }},
      {"shutdown",
       [](System& system, const Events&, Duration value) -> Result<void> {
         const auto tasks = TaskSupervisor::start_link(system, {.shutdown = value});
         if (!tasks) return tasks.error();
         EXPECT_TRUE(tasks->start_child([] { sleep_for(1h); }));
         return tasks->stop();
       }},
      {"within",
       [](System& system, const Events&, Duration value) -> Result<void> {
         const auto tasks = TaskSupervisor::start_link(system, {.within = value});
         if (!tasks) return tasks.error();
         return tasks->stop();
       }},
      {"shutdown",
       [](System& system, const Events&, Duration value) -> Result<void> {
         const auto tasks = TaskSupervisor::start_link(system).value();
         const auto task =
             tasks.start_child([] { sleep_for(1h); }, {.restart = {}, .shutdown = value});
         EXPECT_TRUE(tasks.stop());
         if (!task) return task.error();
         return {};
       }},
  };
}

class TimeOptions : public SupervisionTest,
                    public ::testing::WithParamInterface<std::tuple<std::size_t, Duration>> {};

TEST_P(TimeOptions, AreRefusedByNameOrWorkWithoutANegativeWaitAnOverflowOrABusyLoop) {
  const auto [number, value] = GetParam();
  const TimeField field = fields().at(number);
  const TimePoint before = clock.now();
  const Result<void> used = field.use(system, events, value);
  if (used) {
    const bool is_shutdown = std::string_view(field.name) == "shutdown";
    EXPECT_TRUE(is_shutdown ? value >= Duration::zero() || value == brutal_kill
                            : value > Duration::zero())
        << field.name << " took " << value.count();
  } else {
    EXPECT_LE(value, Duration::zero()) << used.error().to_string();
    EXPECT_EQ(used.error().code(), ErrorCode::invalid_argument);
    EXPECT_NE(used.error().text().find(field.name), std::string::npos) << used.error().text();
  }
  EXPECT_LE(events->size(), 10U) << "it was started again and again";
  EXPECT_GE(clock.now(), before);
  EXPECT_LT(clock.now() - before, 1h) << "somebody waited for what never comes";
}

INSTANTIATE_TEST_SUITE_P(
    AllValues, TimeOptions,
    ::testing::Combine(::testing::Range<std::size_t>(0, fields().size()),
                       ::testing::Values(Duration::min(), Duration::min() + 1ns, -1h, -1ns,
                                         Duration::zero(), 1ns, 1s, infinite - 1ns, infinite)));

TEST_F(TimeOptions, NumbersOfABackoffOutOfTheirRangeAreRefusedByName) {
  const auto refused = [&](Backoff backoff) {
    ChildSpec spec = probe_child(events);
    spec.backoff = backoff;
    const auto started = Supervisor::start_link(system, {spec});
    return started ? "" : started.error().text();
  };
  constexpr double none = std::numeric_limits<double>::quiet_NaN();
  constexpr double endless = std::numeric_limits<double>::infinity();
  for (const double factor : {-1.0, 0.0, 0.5, none, endless}) {
    EXPECT_NE(refused({.factor = factor}).find("backoff.factor"), std::string::npos) << factor;
  }
  for (const double jitter : {-0.1, 1.1, none, endless}) {
    EXPECT_NE(refused({.jitter = jitter}).find("backoff.jitter"), std::string::npos) << jitter;
  }
  EXPECT_EQ(refused({.factor = 1, .jitter = 1}), "");
  EXPECT_EQ(refused({.factor = std::numeric_limits<double>::max(), .jitter = 0}), "");
}

TEST_F(TimeOptions, AChildThatWaitsWithoutEndIsStartedByHandOnly) {
  ChildSpec spec = probe_child(events);
  spec.backoff = Backoff{.first = infinite, .max = infinite};
  const auto supervisor = Supervisor::start_link(system, {spec}).value();
  kill(supervisor.child_pid("a").value());
  system.advance(std::chrono::years(100));
  EXPECT_TRUE(supervisor.children().value().front().restarting);
  EXPECT_TRUE(supervisor.terminate_child("a"));
  EXPECT_TRUE(supervisor.restart_child("a"));
  EXPECT_TRUE(supervisor.child_pid("a"));
}

TEST_F(TimeOptions, TheTimesOfDataStopAtTheLongestOne) {
  const auto spec = child_spec_from_value(ValueMap{{"id", "a"}, {"shutdown", INT64_MAX}},
                                          [] { return Result<Pid>(Pid{}); });
  EXPECT_EQ(spec.value().shutdown, infinite);
  const auto options = supervisor_options_from_value(ValueMap{{"max_seconds", INT64_MAX}});
  EXPECT_EQ(options.value().within, infinite);
}

TEST_F(TimeOptions, ATreeIsShownWithAnyPatience) {
  const auto supervisor = Supervisor::start_link(system, {probe_child(events)}).value();
  for (const Duration value :
       {Duration::min(), Duration(-1), Duration(0), Duration(1), Duration(1s), infinite}) {
    TreeOptions options;
    options.patience = value;
    options.patience_in_all = value;
    EXPECT_TRUE(supervision_tree(system, supervisor.pid(), options));
    EXPECT_FALSE(supervision_trees(system, options).empty());
  }
}

TEST(BackoffDelay, IsNeverNegativeNorShorterThanBefore) {
  for (const Duration first : {Duration(1), Duration(1s), infinite - 1ns, infinite}) {
    for (const Duration max : {Duration(1), Duration(1h), infinite - 1ns, infinite}) {
      const Backoff backoff{.first = first, .factor = 2, .max = max, .jitter = 0};
      Duration before = Duration::zero();
      for (const std::uint64_t number : {1ULL, 2ULL, 63ULL, 64ULL, 2000ULL, 1ULL << 62U}) {
        const Duration wait = detail::backoff_delay(backoff, number, "a");
        EXPECT_GE(wait, before);
        EXPECT_LE(wait, max);
        before = wait;
      }
    }
  }
  const Backoff wild{.first = 1s, .factor = 2, .max = infinite, .jitter = 1};
  for (std::uint64_t number = 1; number < 10'000; ++number) {
    EXPECT_GE(detail::backoff_delay(wild, number, "a"), Duration::zero());
  }
}

}  // namespace
}  // namespace kith
