// SPDX-License-Identifier: Apache-2.0
#include "cli/replay/driver.hpp"

#include <algorithm>
#include <utility>

#include "cli/breaker_fields.hpp"
#include "cli/child_node.hpp"
#include "cli/node_client.hpp"
#include "core/clock.hpp"
#include "transport/codec.hpp"

namespace kith::cli {

namespace {

/// Gives up after this time without progress; a dead primary is replaced within seconds.
constexpr std::chrono::seconds progress_timeout{60};
/// Interval of repeated requests while a dead primary is being replaced.
constexpr std::chrono::milliseconds repeat_after{100};

/// Returns whether an error passes once the cluster has noticed that a node is dead.
bool passes(const Error& error) {
  switch (error.code()) {
    case ErrorCode::no_connection:
    case ErrorCode::no_process:
    case ErrorCode::timeout:
    case ErrorCode::unavailable:
    case ErrorCode::crashed:
    case ErrorCode::overloaded:
      return true;
    default:
      return false;
  }
}

template <typename Items, typename Get, typename Write>
void write_column(WireWriter& writer, const char* name, const Items& items, Get get, Write write) {
  writer.text(name);
  writer.begin_array(items.size());
  for (const auto& item : items) write(get(item));
}

template <typename Items>
void write_numbers(WireWriter& writer, const Items& items) {
  write_column(
      writer, "numbers", items,
      [](const auto& item) { return static_cast<std::int64_t>(item.index); },
      [&](std::int64_t number) { writer.integer(number); });
}

std::vector<bool> flags_of(const Value* value) {
  std::vector<bool> flags;
  if (const auto* bytes = value == nullptr ? nullptr : value->get_if<Bytes>()) {
    for (const std::byte b : *bytes) flags.push_back(b != std::byte{0});
  }
  return flags;
}

}  // namespace

ReplayDriver::ReplayDriver(replay::ReplayPlan& plan, replay::LogReader& log,
                           replay::ReplayOptions options, std::vector<std::string> addresses,
                           std::string run)
    : plan_(plan), log_(log), options_(std::move(options)), run_(std::move(run)) {
  if (options_.breaker) breaker_fields_ = breaker_fields(*options_.breaker);
  for (std::string& address : addresses) {
    Connection& connection = connections_.emplace_back();
    connection.address = std::move(address);
  }
}

Result<void> ReplayDriver::connect() {
  for (Connection& connection : connections_) {
    auto client = transport::RequestClient::connect(connection.address);
    if (!client) return client.error();
    connection.client.emplace(std::move(*client));
  }
  return {};
}

Result<void> ReplayDriver::run() {
  if (const auto connected = connect(); !connected) return connected;
  last_progress_ = SystemClock().now();
  while (!plan_.done()) {
    bool moved = false;
    const auto fed = feed();
    if (!fed) return fed.error();
    const auto sent = send_batches();
    if (!sent) return sent.error();
    moved = *fed || *sent;
    for (std::size_t node = 0; node < connections_.size(); ++node) {
      const auto taken = take_answers(node, Duration::zero());
      if (!taken) return taken.error();
      moved = moved || *taken;
    }
    if (moved)
      last_progress_ = SystemClock().now();
    else
      wait_a_little();
    report_progress();
    if (SystemClock().now() - last_progress_ > progress_timeout) {
      return Error(ErrorCode::timeout,
                   "no node has answered for a minute; check the cluster with `kith members`");
    }
  }
  return {};
}

/// Adds lines to the plan while it wants more.
Result<bool> ReplayDriver::feed() {
  bool moved = false;
  while (!at_end_ && plan_.wants_line()) {
    auto entry = log_.next();
    if (!entry) return entry.error();
    if (!*entry) {
      at_end_ = true;
      plan_.end_of_lines();
      return true;
    }
    replay::LogEntry& line = **entry;
    lines_ += line.line ? 1 : 0;
    if (line.line)
      plan_.add(*line.line);
    else
      plan_.add_unreadable(line.number, line.line.error().text());
    moved = true;
  }
  return moved;
}

Result<bool> ReplayDriver::send_batches() {
  bool moved = false;
  for (std::size_t node = 0; node < connections_.size(); ++node) {
    if (!plan_.alive(node)) continue;
    const auto repeated = repeat_due(node);
    if (!repeated) return repeated.error();
    moved = moved || *repeated;
    while (plan_.alive(node)) {
      const auto batch = plan_.next_limit_batch(node);
      if (!batch) break;
      if (const auto sent = send(node, {true, batch->id, encode(*batch), SystemClock().now()});
          !sent) {
        return sent.error();
      }
      moved = true;
    }
    while (plan_.alive(node)) {
      const auto batch = plan_.next_breaker_batch(node);
      if (!batch) break;
      if (const auto sent = send(node, {false, batch->id, encode(*batch), SystemClock().now()});
          !sent) {
        return sent.error();
      }
      moved = true;
    }
  }
  return moved;
}

Result<bool> ReplayDriver::repeat_due(std::size_t node) {
  auto& waiting = connections_[node].to_repeat;
  if (waiting.empty() || waiting.front().first > SystemClock().now()) return false;
  auto again = std::exchange(waiting, {});
  for (auto& [when, sent] : again) {
    if (!plan_.alive(node)) break;
    if (const auto done = send(node, std::move(sent)); !done) return done.error();
  }
  return true;
}

Result<void> ReplayDriver::send(std::size_t node, Sent sent) {
  Connection& connection = connections_[node];
  const auto number = connection.client->begin(sent.request);
  if (!number) return lost(node, number.error());
  connection.sent.emplace(*number, std::move(sent));
  return {};
}

Result<bool> ReplayDriver::take_answers(std::size_t node, Duration wait) {
  bool moved = false;
  while (plan_.alive(node) && !connections_[node].sent.empty()) {
    auto next = connections_[node].client->next(moved ? Duration::zero() : wait);
    if (!next) break;
    auto& [number, reply] = *next;
    const auto it = connections_[node].sent.find(number);
    if (it == connections_[node].sent.end()) continue;
    const Sent sent = std::move(it->second);
    connections_[node].sent.erase(it);
    const auto done = reply ? answered(node, sent, *reply) : lost(node, reply.error());
    if (!done) return done.error();
    moved = true;
  }
  return moved;
}

Result<void> ReplayDriver::answered(std::size_t node, const Sent& sent, BytesView reply) {
  const Result<Value> answer = unwrap_reply(reply);
  if (answer) {
    return sent.is_limit ? take_limits(node, sent, *answer) : take_breakers(node, sent, *answer);
  }
  const bool in_time = SystemClock().now() - sent.first_sent < progress_timeout;
  if (!passes(answer.error()) || !in_time) return answer.error();
  // The same bytes, hence the same item numbers: a primary that has counted them answers again.
  connections_[node].to_repeat.emplace_back(SystemClock().now() + repeat_after, sent);
  return {};
}

Result<void> ReplayDriver::take_limits(std::size_t node, const Sent& sent, const Value& answer) {
  return plan_.limit_answer(node, sent.batch, flags_of(answer.find("admitted")));
}

Result<void> ReplayDriver::take_breakers(std::size_t node, const Sent& sent, const Value& answer) {
  replay::BreakerAnswer result;
  result.refused = flags_of(answer.find("refused"));
  const Value* list = answer.find("transitions");
  if (const auto* changes = list == nullptr ? nullptr : list->get_if<ValueArray>()) {
    for (const Value& change : *changes) {
      const Value* item = change.find("item");
      const Value* at = change.find("at_ns");
      const Value* to = change.find("to");
      const auto state = to == nullptr ? std::nullopt : breaker_state_from_string(to->text_or(""));
      if (item == nullptr || at == nullptr || !state) {
        return Error(ErrorCode::decode, "the node's list of transitions is malformed");
      }
      result.transitions.push_back(
          {static_cast<std::size_t>(item->integer_or(0)), {Duration(at->integer_or(0)), *state}});
    }
  }
  return plan_.breaker_answer(node, sent.batch, result);
}

Result<void> ReplayDriver::lost(std::size_t node, const Error& why) {
  Connection& connection = connections_[node];
  connection.sent.clear();  // the plan sends their items through other nodes
  connection.to_repeat.clear();
  if (on_node_lost) on_node_lost(connection.address, why);
  const auto others = plan_.node_failed(node);
  if (!others) {
    return Error(ErrorCode::no_connection, "no node of the cluster is reachable any more");
  }
  return {};
}

/// Waits up to 1 ms for the next answer, for one node per call in turn.
void ReplayDriver::wait_a_little() {
  for (std::size_t i = 0; i < connections_.size(); ++i) {
    const std::size_t node = next_to_wait_++ % connections_.size();
    if (!plan_.alive(node) || connections_[node].sent.empty()) continue;
    if (take_answers(node, std::chrono::milliseconds(1))) return;
  }
  pause_for(std::chrono::milliseconds(1));
}

void ReplayDriver::report_progress() {
  const auto size = log_.file().size_bytes();
  if (!on_progress || !size || *size == 0 || lines_ == 0) return;
  const double read = static_cast<double>(log_.file().bytes_read()) / static_cast<double>(*size);
  on_progress(read * static_cast<double>(plan_.decided()) / static_cast<double>(lines_));
}

// --- requests on the wire ---------------------------------------------------

Bytes ReplayDriver::encode(const replay::LimitBatch& batch) const {
  return transport::MessagePack().encode([&](WireWriter& writer) {
    writer.begin_map(9);
    writer.text("op");
    writer.text("replay_limits");
    writer.text("run");
    writer.text(run_);
    writer.text("limit");
    writer.integer(options_.limiter.limit);
    writer.text("window_ns");
    writer.integer(options_.limiter.window.count());
    writer.text("algorithm");
    writer.text(to_string(options_.limiter.algorithm));
    writer.text("burst");
    writer.integer(options_.limiter.burst);
    write_numbers(writer, batch.items);
    write_column(
        writer, "keys", batch.items, [](const auto& item) { return item.key; },
        [&](const std::string& key) { writer.text(key); });
    write_column(
        writer, "times", batch.items, [](const auto& item) { return item.at.count(); },
        [&](std::int64_t at) { writer.integer(at); });
  });
}

Bytes ReplayDriver::encode(const replay::BreakerBatch& batch) const {
  Bytes failed;
  for (const auto& item : batch.items) failed.push_back(std::byte{item.failed});
  return transport::MessagePack().encode([&](WireWriter& writer) {
    writer.begin_map(6 + breaker_fields_.size());
    writer.text("op");
    writer.text("replay_breakers");
    writer.text("run");
    writer.text(run_);
    for (const auto& [name, value] : breaker_fields_) {
      writer.text(name);
      wire_write(writer, value);
    }
    write_numbers(writer, batch.items);
    write_column(
        writer, "names", batch.items, [](const auto& item) { return item.name; },
        [&](const std::string& name) { writer.text(name); });
    write_column(
        writer, "times", batch.items, [](const auto& item) { return item.at.count(); },
        [&](std::int64_t at) { writer.integer(at); });
    writer.text("failed");
    writer.bytes(failed);
  });
}

}  // namespace kith::cli
