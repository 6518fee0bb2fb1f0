// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <iterator>
#include <map>
#include <memory>
#include <optional>
#include <type_traits>
#include <unordered_map>
#include <utility>
#include <vector>

#include "actor/from.hpp"
#include "actor/process.hpp"
#include "actor/task.hpp"

namespace kith {

/// Reactions of a stream to a task that exceeds its timeout.
enum class OnTimeout : std::uint8_t {
  give_up,    ///< kills all tasks of the stream, which fails with `timeout`
  kill_task,  ///< kills that task; its result is the error `timeout`
};

/// Options of a stream of tasks. Source: Task.async_stream/3.
struct StreamOptions {
  /// Tasks that run at once; more cost memory and, if they compute, do not finish earlier. Absent:
  /// one per worker.
  std::optional<std::size_t> max_concurrency = {};
  Duration timeout = limits::call_timeout_default;  ///< per task, from its own start
  OnTimeout on_timeout = OnTimeout::give_up;
  /// Returns results in the order of the items, so that a slow task delays later ones; otherwise in
  /// the order of completion.
  bool ordered = true;
  /// A task that fails ends the caller too unless that traps exits; with trapping, or without a
  /// link, its result is the error.
  bool linked = true;
};

/// One result of a stream, with the index of its item.
template <typename R>
struct StreamItem {
  std::size_t index = 0;
  Result<R> result;
};

namespace detail {

/// Runs a function once and answers a request of the owner with its result.
template <typename F>
class StreamTaskBody final : public ProcessBody {
 public:
  StreamTaskBody(F f, Pid owner, Reference request)
      : f_(std::move(f)), owner_(owner), request_(request) {}
  void start() override {
    using R = std::invoke_result_t<F&>;
    const From<R> from(owner_, request_);
    if constexpr (std::is_void_v<R>) {
      (*f_)();
      from.reply();
    } else {
      from.reply((*f_)());
    }
  }
  void handle(MessagePointer) override {}
  [[nodiscard]] bool runs_once() const override { return true; }

 private:
  std::optional<F> f_;
  Pid owner_;
  Reference request_;
};

/// Starts the process of a task of a stream.
using StartTask = std::function<Result<Pid>(std::unique_ptr<ProcessBody>, const SpawnHooks&)>;
Result<Pid> start_stream_task(std::unique_ptr<ProcessBody> body, const SpawnHooks& hooks);
std::size_t default_concurrency();
/// Ends the calling process as the exit signal of a linked process does, unless it traps exits.
void share_fate(const ExitReason& reason);

}  // namespace detail

/// Runs `f(item)` for each item in a process of its own, at most `max_concurrency` at once, and
/// returns the results one by one; `next` starts further tasks.
///
///     system.run([] {
///       const std::vector<std::string> urls = {"https://a.example", "https://b.example"};
///       const auto size_of = [](const std::string& url) { return url.size(); };
///       TaskStream sizes(urls.begin(), urls.end(), size_of, {.max_concurrency = 8});
///       while (auto size = sizes.next().value()) {
///         current_system()->log().info("sizes", std::to_string(size->result.value()));
///       }
///     });
///
/// Destroying the stream kills the tasks that still run. Source: Task.async_stream/3.
/// Thread-safety: belongs to the process that made it.
template <typename Iterator, typename F>
class TaskStream {
 public:
  using R = std::invoke_result_t<F&, decltype(*std::declval<Iterator&>())>;

  /// The items must outlive the stream.
  TaskStream(Iterator begin, Iterator end, F f, StreamOptions options,
             detail::StartTask start = detail::start_stream_task)
      : next_(begin),
        end_(end),
        f_(std::make_shared<F>(std::move(f))),  // a killed owner's tasks may live on
        options_(options),
        concurrency_(options.max_concurrency.value_or(detail::default_concurrency())),
        start_(std::move(start)) {}
  ~TaskStream() { kill_all(); }
  TaskStream(const TaskStream&) = delete;
  TaskStream& operator=(const TaskStream&) = delete;

  /// Waits for the next result; nullopt after the last. Errors: `timeout` (`OnTimeout::give_up`),
  /// `invalid_argument` (`max_concurrency` is 0), and that of a task that could not be started
  /// (`overloaded`, `no_process`).
  Result<std::optional<StreamItem<R>>> next() {
    if (concurrency_ == 0) {
      return Error(ErrorCode::invalid_argument, "max_concurrency must be at least 1");
    }
    for (;;) {
      while (running_.size() + done_.size() < concurrency_ && next_ != end_) {
        if (const auto started = start_next(); !started) {
          kill_all();
          return started.error();
        }
      }
      if (!done_.empty() && done_.begin()->first == given_) {
        ++given_;
        return std::optional(std::move(done_.extract(done_.begin()).mapped()));
      }
      if (running_.empty()) return std::optional<StreamItem<R>>();
      if (const auto waited = wait_for_one(); !waited) return waited.error();
    }
  }

 private:
  using Item = std::remove_cvref_t<decltype(*std::declval<Iterator&>())>;
  struct Running {
    std::size_t index;
    Pid pid;
  };

  Result<void> start_next() {
    const Reference request = detail::open_request(&answered_);
    auto run = [f = f_, item = Item(*next_)]() mutable { return (*f)(item); };
    ++next_;
    auto body =
        std::make_unique<detail::StreamTaskBody<decltype(run)>>(std::move(run), self(), request);
    const auto pid = start_(std::move(body), {.caller = self(), .request = request, .monitor = {}});
    const std::size_t index = started_++;
    if (!pid) {
      detail::close_request(request);
      return pid.error();
    }
    running_.emplace(request.id, Running{index, *pid});
    if (options_.timeout != infinite) {
      deadlines_.emplace_back(deadline_after(clock().now(), options_.timeout), request);
    }
    return {};
  }

  /// Stores a result under its turn: the index of its item, or its rank of completion.
  void finish(std::size_t index, Result<R> result) {
    const std::size_t turn = options_.ordered ? index : finished_;
    ++finished_;
    done_.emplace(turn, StreamItem<R>{index, std::move(result)});
  }

  /// Waits until at least one more task has a result.
  Result<void> wait_for_one() {
    while (!deadlines_.empty() && !running_.contains(deadlines_.front().second.id)) {
      deadlines_.pop_front();
    }
    const Duration timeout =
        deadlines_.empty() ? infinite : deadlines_.front().first - clock().now();
    detail::wait_listed(answered_, timeout);
    for (const Reference request : std::exchange(answered_, {})) take_answer(request);
    return end_late_ones();
  }

  /// Ends the tasks past their deadline. All have the same timeout, so `deadlines_` is sorted.
  Result<void> end_late_ones() {
    for (; !deadlines_.empty() && deadlines_.front().first <= clock().now();
         deadlines_.pop_front()) {
      const Reference request = deadlines_.front().second;
      const auto late = running_.find(request.id);
      if (late == running_.end()) continue;
      const auto [index, pid] = late->second;
      const Error error = detail::task_timeout(pid, options_.timeout);
      if (options_.on_timeout == OnTimeout::give_up) {
        kill_all();
        return error;
      }
      running_.erase(late);
      detail::close_request(request);
      detail::end_task(pid, brutal_kill);
      finish(index, error);
    }
    return {};
  }

  void take_answer(Reference request) {
    const auto it = running_.find(request.id);
    if (it == running_.end()) return;
    const auto [index, pid] = it->second;
    running_.erase(it);
    auto answer = detail::wait_reply(request, Duration::zero(), pid);
    if (!answer) {
      const Error error = answer.error();
      finish(index, error);
      if (options_.linked && error.reason() != nullptr) detail::share_fate(*error.reason());
      return;
    }
    auto content =
        detail::content_as<detail::ReplyContentT<R>>(static_cast<detail::MessageSignal&>(**answer));
    if constexpr (std::is_void_v<R>) {
      finish(index, content ? Result<void>() : Result<void>(content.error()));
    } else {
      finish(index, std::move(content));
    }
  }

  void kill_all() {
    for (const auto& [request, task] : running_) {
      detail::close_request(Reference{self().node, request});
      exit(task.pid, "kill");
    }
    running_.clear();
    done_.clear();
  }

  [[nodiscard]] Clock& clock() const { return detail::this_system().clock(); }

  Iterator next_;
  Iterator end_;
  std::shared_ptr<F> f_;
  StreamOptions options_;
  std::size_t concurrency_;
  detail::StartTask start_;
  std::size_t started_ = 0;
  std::size_t finished_ = 0;
  std::size_t given_ = 0;
  std::unordered_map<std::uint64_t, Running> running_;  // by the id of its request
  std::vector<Reference> answered_;
  std::deque<std::pair<TimePoint, Reference>> deadlines_;
  std::map<std::size_t, StreamItem<R>> done_;  // results not returned yet, by turn
};

/// Returns all results of a stream. Errors: as `TaskStream::next`.
template <typename Iterator, typename F>
Result<std::vector<Result<typename TaskStream<Iterator, F>::R>>> collect(
    TaskStream<Iterator, F>&& stream) {
  std::vector<Result<typename TaskStream<Iterator, F>::R>> results;
  for (;;) {
    auto next = stream.next();
    if (!next) return next.error();
    if (!*next) return results;
    results.push_back(std::move((*next)->result));
  }
}

/// Runs `f(item)` for each item in a task and returns all results in one vector, with errors of
/// single tasks among them. Errors: as `TaskStream::next`. On a plain thread it needs a `System` or
/// `Node` as the first argument. Source: Task.async_stream/3.
template <typename Items, typename F>
auto async_stream(const Items& items, F f, StreamOptions options = {}) {
  return collect(TaskStream(std::begin(items), std::end(items), std::move(f), options));
}
template <HasSystem S, typename Items, typename F>
auto async_stream(S& owner, const Items& items, F f, StreamOptions options = {}) {
  return detail::in_process(&owner.system(),
                            [&] { return async_stream(items, std::move(f), options); });
}

}  // namespace kith
