#pragma once

#include <deque>
#include <iterator>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>
#include <vector>

#include "actor/from.hpp"
#include "actor/process.hpp"
#include "actor/task.hpp"

namespace kith {

/// What a stream does when a task is too slow.
enum class OnTimeout : std::uint8_t {
  give_up,    ///< ends all tasks of the stream; the stream fails with `timeout`
  kill_task,  ///< ends that task; its place holds `timeout`
};

/// How a stream of tasks runs. Source: Task.async_stream/3.
struct StreamOptions {
  std::optional<std::size_t> max_concurrency = {};  ///< absent: one for each worker
  Duration timeout = limits::call_timeout_default;  ///< for each task, from its own start
  OnTimeout on_timeout = OnTimeout::give_up;
  bool ordered = true;  ///< results in the order of the items, else as they come
  /// A task that fails takes the caller along unless that one traps exits; then, and without a
  /// link, its place holds the error.
  bool linked = true;
};

/// One result of a stream, with the place of its item.
template <typename R>
struct StreamItem {
  std::size_t index = 0;
  Result<R> result;
};

namespace detail {

/// Runs a function once and answers a request of the owner with what it gives.
template <typename F>
class StreamTaskBody final : public ProcessBody {
 public:
  StreamTaskBody(F f, Pid owner, Reference request)
      : f_(std::move(f)), owner_(owner), request_(request) {}
  void start() override {
    using R = std::invoke_result_t<F&>;
    const From<R> from(this_system(), self(), owner_, request_);
    if constexpr (std::is_void_v<R>) {
      (*f_)();
      from.reply();
    } else {
      from.reply((*f_)());
    }
  }
  void handle(MessagePointer) override {}
  [[nodiscard]] bool done() const override { return true; }

 private:
  std::optional<F> f_;
  Pid owner_;
  Reference request_;
};

/// Starts the process of a task of a stream.
using StartTask = std::function<Result<Pid>(std::unique_ptr<ProcessBody>, const Expected&)>;
Result<Pid> start_stream_task(std::unique_ptr<ProcessBody> body, const Expected& expected);
std::size_t default_concurrency();
/// Ends the calling process as the exit signal of a linked process would, unless it traps exits.
void share_fate(const ExitReason& reason);

}  // namespace detail

/// Runs `f(item)` for each item in a process of its own, at most so many at once, and gives the
/// results one by one; tasks are started as they are asked for. What still runs when the stream is
/// dropped is killed. Source: Task.async_stream/3. Thread-safety: belongs to the process that made
/// it.
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

  /// The next result; nothing after the last. Errors: `timeout` (`OnTimeout::give_up`),
  /// `invalid_argument` (none may run at once).
  Result<std::optional<StreamItem<R>>> next() {
    if (concurrency_ == 0) {
      return Error(ErrorCode::invalid_argument, "max_concurrency must be at least 1");
    }
    for (;;) {
      while (running_ < concurrency_ && next_ != end_) start_next();
      if (auto ready = take_ready()) return ready;
      if (tasks_.empty()) return std::optional<StreamItem<R>>();
      if (const auto waited = wait_for_one(); !waited) return waited.error();
    }
  }

 private:
  using Item = std::remove_cvref_t<decltype(*std::declval<Iterator&>())>;
  struct Running {
    std::size_t index;
    Pid pid;
    Reference request;
    TimePoint deadline;
    std::optional<Result<R>> result = std::nullopt;
  };

  void start_next() {
    const Reference request = detail::open_request();
    auto run = [f = f_, item = Item(*next_)]() mutable { return (*f)(item); };
    ++next_;
    auto body =
        std::make_unique<detail::StreamTaskBody<decltype(run)>>(std::move(run), self(), request);
    const auto pid = start_(std::move(body), {.caller = self(), .request = request, .monitor = {}});
    const bool forever = options_.timeout == infinite;
    tasks_.push_back({index_++, pid.value_or(Pid{}), request,
                      forever ? TimePoint::max() : clock().now() + options_.timeout});
    ++running_;
    if (pid) return;
    detail::close_request(request);
    tasks_.back().result.emplace(pid.error());
  }

  std::optional<StreamItem<R>> take_ready() {
    for (auto it = tasks_.begin(); it != tasks_.end(); ++it) {
      if (it->result) {
        StreamItem<R> item{it->index, std::move(*it->result)};
        tasks_.erase(it);
        --running_;
        return item;
      }
      if (options_.ordered) break;
    }
    return std::nullopt;
  }

  /// Waits until at least one more task has a result.
  Result<void> wait_for_one() {
    std::vector<Reference> open;
    TimePoint first = TimePoint::max();
    for (const Running& each : tasks_) {
      if (each.result) continue;
      open.push_back(each.request);
      first = std::min(first, each.deadline);
    }
    const Duration patience = first == TimePoint::max() ? infinite : first - clock().now();
    detail::wait_any_answer(open, patience);
    for (Running& each : tasks_) {
      if (each.result) continue;
      if (detail::has_answer(each.request)) {
        take_answer(each);
      } else if (each.deadline <= clock().now()) {
        if (options_.on_timeout == OnTimeout::give_up) {
          const Error late = detail::task_timeout(each.pid, options_.timeout);
          kill_all();
          return late;
        }
        detail::close_request(each.request);
        detail::end_task(each.pid, Duration::zero());
        each.result.emplace(detail::task_timeout(each.pid, options_.timeout));
      }
    }
    return {};
  }

  void take_answer(Running& task) {
    auto answer = detail::wait_reply(task.request, Duration::zero(), task.pid);
    if (!answer) {
      task.result.emplace(answer.error());
      const ExitReason* reason = answer.error().reason();
      if (options_.linked && reason != nullptr) detail::share_fate(*reason);
      return;
    }
    auto content = detail::content_as<detail::ReplyContentT<R>>(
        static_cast<detail::MessageSignal&>(**answer), detail::wire_format());
    if constexpr (std::is_void_v<R>) {
      if (content)
        task.result.emplace();
      else
        task.result.emplace(content.error());
    } else {
      task.result.emplace(std::move(content));
    }
  }

  void kill_all() {
    for (const Running& each : tasks_) {
      if (each.result) continue;
      detail::close_request(each.request);
      exit(each.pid, "kill");
    }
    tasks_.clear();
    running_ = 0;
  }

  [[nodiscard]] Clock& clock() const { return detail::this_system().clock(); }

  Iterator next_;
  Iterator end_;
  std::shared_ptr<F> f_;
  StreamOptions options_;
  std::size_t concurrency_;
  detail::StartTask start_;
  std::size_t index_ = 0;
  std::size_t running_ = 0;  // started and not given to the caller
  std::deque<Running> tasks_;
};

/// All results of a stream. Errors: as `TaskStream::next`.
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

/// Runs `f(item)` for each item in tasks and gives all results: an error of one is in its place.
/// Errors: `timeout` (`OnTimeout::give_up`), `invalid_argument`. Source: Task.async_stream/3.
/// Inside a process; from a plain thread give a `System` or `Node` first.
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
