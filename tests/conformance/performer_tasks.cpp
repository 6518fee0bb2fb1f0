// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <stdexcept>
#include <tuple>

#include "tests/conformance/performer.hpp"
#include "tests/conformance/term.hpp"

namespace kith::conformance {
namespace {

Value cause_of(const Error& error) {
  return error.reason() == nullptr ? Value("timeout") : *error.reason();
}

Value outcome(const std::optional<Result<Value>>& result) {
  if (!result) return {};
  if (!*result && result->error().code() == ErrorCode::invalid_argument) {
    return pair("error", "badarg");
  }
  return *result ? pair("ok", **result) : pair("exit", cause_of(result->error()));
}

Value supervised(const Result<Pid>& started) {
  if (started) return "ok";
  if (started.error().code() == ErrorCode::overloaded) return pair("error", "max_children");
  return exit_during("noproc", "call");
}

Restart restart_of(const Value& options) {
  const std::string name = text(field(options, "restart"));
  if (name == "permanent") return Restart::permanent;
  return name == "transient" ? Restart::transient : Restart::temporary;
}

TaskOptions task_options(const Value& options) {
  TaskOptions how;
  how.restart = restart_of(options);
  const Value& shutdown = field(options, "shutdown");
  if (shutdown == Value("brutal_kill"))
    how.shutdown = brutal_kill;
  else if (shutdown != Value())
    how.shutdown = milliseconds(shutdown, infinite);
  return how;
}

StreamOptions stream_options(const Value& options) {
  StreamOptions how;
  if (const auto* most = field(options, "max_concurrency").get_if<std::int64_t>()) {
    how.max_concurrency = static_cast<std::size_t>(std::max<std::int64_t>(*most, 0));
  }
  how.timeout = milliseconds(field(options, "timeout"), how.timeout);
  if (field(options, "on_timeout") == Value("kill_task")) how.on_timeout = OnTimeout::kill_task;
  how.ordered = field(options, "ordered") != Value(false);
  how.linked = !is_true(field(options, "nolink"));
  return how;
}

}  // namespace

Value run_task_script(World& world, const std::string& name, const Value& script,
                      const Value& item) {
  Value result = "ok";
  Performer performer(world, name);
  for (const Value& action : items(script)) {
    const std::string what = text_at(action, 0);
    const Value& first = at(action, 1);
    if (what == "return") {
      result = substitute(first, "$item", item);
    } else if (what == "hang") {
      sleep_for(std::chrono::hours(24 * 365));
    } else if (what == "log") {
      world.observe({"log", name, substitute(first, "$item", item)});
    } else if (what == "trap") {
      trap_exits(true);
    } else if (what == "exit") {
      exit(first);
    } else if (what == "wait_go") {
      static_cast<void>(receive_where<Value>([](const Value& v) { return v == Value("go"); }));
    } else if (what == "return_on_signal" || what == "exit_on_signal") {
      static_cast<void>(receive<Exit>());
      if (what == "exit_on_signal") exit(first);
      result = first;
    } else if (what == "attempts") {
      const ValueArray& scripts = items(at(action, 2));
      const std::size_t attempt = world.next_attempt(to_json(first));
      if (scripts.empty()) continue;
      result = run_task_script(world, name, scripts[std::min(attempt, scripts.size() - 1)], item);
    } else {
      performer.perform(substitute(action, "$item", item));  // sleep, send, raise, throw
    }
  }
  return result;
}

void Performer::add_task_handlers(std::map<std::string, Handler>& all) {
  all["async"] = &Performer::start_async;
  all["completed"] = &Performer::completed;
  all["await"] = &Performer::await_one;
  all["await_many"] = &Performer::await_all;
  all["yield"] = &Performer::yield_one;
  all["yield_many"] = &Performer::yield_all;
  all["shutdown"] = &Performer::shut_down;
  all["ignore"] = &Performer::ignore;
  all["start_task"] = &Performer::start_task;
  all["start_link_task"] = &Performer::start_task;
  all["sup_async"] = &Performer::supervised_async;
  all["sup_async_nolink"] = &Performer::supervised_async;
  all["sup_start_child"] = &Performer::supervised_start;
  all["sup_children"] = &Performer::supervised_children;
  all["sup_terminate_child"] = &Performer::supervised_end;
  all["sup_stop"] = &Performer::supervisor_stop;
  all["stream"] = &Performer::stream;
}

namespace {

/// Returns a script as the function of a task with that name.
auto task_body(World& world, const std::string& name, const Value& script) {
  return [&world, name, script] {
    world.set_name(self(), name);
    return run_task_script(world, name, script, {});
  };
}

}  // namespace

void Performer::keep_task(const std::string& name, Task<Value> task) {
  world_.set_name(task.pid(), name);
  tag(task.reference(), name);
  tasks_.insert_or_assign(name, std::move(task));
}

Task<Value>& Performer::task(const Value& operation) {
  const auto it = tasks_.find(text_at(operation, 1));
  if (it == tasks_.end()) throw std::invalid_argument("no such task: " + to_json(operation));
  return it->second;
}

/// Returns whether all these are tasks of this process.
bool Performer::knows_all(const Value& names) const {
  return std::ranges::all_of(items(names),
                             [&](const Value& name) { return tasks_.contains(text(name)); });
}

/// Calls `f` with the tasks of these names.
template <typename F>
auto Performer::with_tasks(const Value& names, F f) {
  std::vector<Task<Value>> tasks;
  for (const Value& name : items(names)) tasks.push_back(std::move(tasks_.at(text(name))));
  auto result = f(tasks);
  for (std::size_t i = 0; i < tasks.size(); ++i) {
    tasks_.at(text_at(names, i)) = std::move(tasks[i]);
  }
  return result;
}

std::optional<Value> Performer::start_async(const Value& operation) {
  const std::string name = text_at(operation, 1);
  keep_task(name, async(task_body(world_, name, at(operation, 2))));
  return std::nullopt;
}

std::optional<Value> Performer::completed(const Value& operation) {
  auto task = Task<Value>::completed(at(operation, 2));
  tag(task.reference(), text_at(operation, 1));
  tasks_.insert_or_assign(text_at(operation, 1), std::move(task));
  return std::nullopt;
}

std::optional<Value> Performer::await_one(const Value& operation) {
  if (!tasks_.contains(text_at(operation, 1))) return pair("error", "badarg");
  const auto result =
      task(operation).await(milliseconds(at(operation, 2), limits::call_timeout_default));
  return result ? pair("ok", *result) : exit_during(cause_of(result.error()), "await");
}

std::optional<Value> Performer::await_all(const Value& operation) {
  if (!knows_all(at(operation, 1))) return pair("error", "badarg");
  const auto results = with_tasks(at(operation, 1), [&](auto& tasks) {
    return await_many(tasks, milliseconds(at(operation, 2), limits::call_timeout_default));
  });
  if (!results) return exit_during(cause_of(results.error()), "await_many");
  return pair("ok", ValueArray(results->begin(), results->end()));
}

std::optional<Value> Performer::yield_one(const Value& operation) {
  if (!tasks_.contains(text_at(operation, 1))) return pair("error", "badarg");
  return outcome(task(operation).yield(milliseconds(at(operation, 2), Duration::zero())));
}

std::optional<Value> Performer::yield_all(const Value& operation) {
  if (!knows_all(at(operation, 1))) return pair("error", "badarg");
  const auto results = with_tasks(at(operation, 1), [&](auto& tasks) {
    return yield_many(tasks, milliseconds(at(operation, 2), Duration::zero()));
  });
  ValueArray all;
  for (const auto& result : results) all.push_back(outcome(result));
  return all;
}

std::optional<Value> Performer::shut_down(const Value& operation) {
  if (!tasks_.contains(text_at(operation, 1))) return pair("error", "badarg");
  const Value& patience = at(operation, 2);
  return outcome(task(operation).shutdown(patience == Value("brutal_kill")
                                              ? brutal_kill
                                              : milliseconds(patience, std::chrono::seconds(5))));
}

std::optional<Value> Performer::ignore(const Value& operation) {
  if (!tasks_.contains(text_at(operation, 1))) return pair("error", "badarg");
  return outcome(task(operation).ignore());
}

std::optional<Value> Performer::start_task(const Value& operation) {
  const std::string name = text_at(operation, 1);
  auto body = [run = task_body(world_, name, at(operation, 2))] { static_cast<void>(run()); };
  const Pid pid =
      text_at(operation, 0) == "start_task" ? spawn(std::move(body)) : spawn_link(std::move(body));
  world_.set_name(pid, name);
  return std::nullopt;
}

// --- under a supervisor -------------------------------------------------------------

std::optional<Value> Performer::supervised_async(const Value& operation) {
  const TaskSupervisor& supervisor = world_.task_supervisors.at(text_at(operation, 1));
  const std::string name = text_at(operation, 2);
  auto body = task_body(world_, name, at(operation, 3));
  const TaskOptions options = task_options(at(operation, 4));
  auto started = text_at(operation, 0) == "sup_async"
                     ? supervisor.async(std::move(body), options)
                     : supervisor.async_nolink(std::move(body), options);
  if (!started) return supervised(started.error());
  keep_task(name, std::move(*started));
  return std::nullopt;
}

std::optional<Value> Performer::supervised_start(const Value& operation) {
  const TaskSupervisor& supervisor = world_.task_supervisors.at(text_at(operation, 1));
  auto body = [&world = world_, id = text_at(operation, 2), script = at(operation, 3)] {
    const std::string name = id + "#" + std::to_string(world.next_incarnation(id));
    world.set_name(self(), name);
    world.observe({"start", name, "ok"});
    static_cast<void>(run_task_script(world, name, script, {}));
  };
  return supervised(supervisor.start_child(std::move(body), task_options(at(operation, 4))));
}

std::optional<Value> Performer::supervised_children(const Value& operation) {
  const auto children = world_.task_supervisors.at(text_at(operation, 1)).children();
  if (!children) return exit_during("noproc", "call");
  ValueArray names;
  for (const Pid pid : *children) names.push_back(world_.name_of(pid));
  std::ranges::sort(names);
  return names;
}

std::optional<Value> Performer::supervised_end(const Value& operation) {
  const Pid pid = world_.resolve_or_nobody(at(operation, 2));
  const auto ended = world_.task_supervisors.at(text_at(operation, 1)).terminate_child(pid);
  if (ended) return Value("ok");
  if (ended.error().code() == ErrorCode::not_found) return pair("error", "not_found");
  return exit_during("noproc", "call");
}

std::optional<Value> Performer::supervisor_stop(const Value& operation) {
  const Value& reason = at(operation, 2);
  const auto stopped = world_.task_supervisors.at(text_at(operation, 1))
                           .stop(reason == Value() ? Value("normal") : reason);
  if (stopped) return Value("ok");
  return exit_during(
      stopped.error().reason() == nullptr ? Value("noproc") : *stopped.error().reason(), "stop");
}

// --- streams ------------------------------------------------------------------------

namespace {

Value stream_failure(const Error& error) {
  switch (error.code()) {
    case ErrorCode::invalid_argument:
      return pair("error", "badarg");
    case ErrorCode::overloaded:
      return pair("error", "max_children");
    case ErrorCode::no_process: {  // in OTP a process linked to the caller runs the stream
      const Value reason = Value::array({"during", "noproc", "call"});
      if (!trap_exits(true)) exit(reason);
      return exit_during(reason, "stream");
    }
    default:
      return exit_during("timeout", "stream");
  }
}

}  // namespace

std::optional<Value> Performer::stream(const Value& operation) {
  const ValueArray& work = items(at(operation, 1));
  const Value& options = at(operation, 2);
  auto run = [&world = world_](const Value& item) {
    return run_task_script(world, "", at(item, 1), at(item, 0));
  };
  const auto supervisor = world_.task_supervisors.find(text(field(options, "sup")));
  const detail::StartTask starter = supervisor == world_.task_supervisors.end()
                                        ? detail::StartTask(detail::start_stream_task)
                                        : supervisor->second.stream_starter();
  using Stream = TaskStream<ValueArray::const_iterator, decltype(run)>;
  const auto make = [&] {
    return std::make_unique<Stream>(work.begin(), work.end(), run, stream_options(options),
                                    starter);
  };
  const bool zips_input = is_true(field(options, "zip_input_on_exit"));
  const auto term_of = [&](const StreamItem<Value>& item) {
    if (item.result) return pair("ok", *item.result);
    const Value cause = cause_of(item.result.error());
    return pair("exit", zips_input ? pair(at(work[item.index], 0), cause) : cause);
  };
  std::vector<std::unique_ptr<Stream>> streams;
  streams.push_back(make());
  if (is_true(field(options, "zip_self"))) streams.push_back(make());
  const auto most = static_cast<std::size_t>(field(options, "take").integer_or(INT64_MAX));
  ValueArray results;
  while (results.size() < most) {
    ValueArray row;
    for (const auto& each : streams) {
      const auto next = each->next();
      if (!next) {
        return stream_failure(next.error());
      }
      if (!*next) return pair("ok", results);
      row.push_back(term_of(**next));
    }
    results.push_back(row.size() == 1 ? row.front() : Value(row));
  }
  return pair("ok", results);
}

}  // namespace kith::conformance
