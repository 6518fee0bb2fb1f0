// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cli/replay/log_file.hpp"
#include "cli/replay/plan.hpp"
#include "core/result.hpp"
#include "transport/request_client.hpp"

namespace kith::cli {

/// Executes a `ReplayPlan` over connections to the nodes of a cluster. Thread-safety: none.
class ReplayDriver {
 public:
  /// `addresses` must be in the order of the plan's nodes.
  ReplayDriver(replay::ReplayPlan& plan, replay::LogReader& log, replay::ReplayOptions options,
               std::vector<std::string> addresses, std::string run);

  /// Called after each step with the decided fraction of the log, from 0 to 1.
  std::function<void(double)> on_progress;
  /// Called when a node has become unreachable.
  std::function<void(const std::string& address, const Error& why)> on_node_lost;

  /// Replays the whole log. Errors: `input_output` (the log), `no_connection` (no node is left),
  /// `timeout` (no progress for a minute), and those of a node that refuses the options.
  Result<void> run();

 private:
  using Time = std::chrono::steady_clock::time_point;
  struct Sent {
    bool is_limit = true;
    std::uint64_t batch = 0;
    Bytes request;
    Time first_sent;
  };
  struct Connection {
    std::string address;
    std::optional<transport::RequestClient> client;
    std::map<std::uint64_t, Sent> sent;            ///< by request number
    std::vector<std::pair<Time, Sent>> to_repeat;  ///< failed with an error that passes
  };

  Result<void> connect();
  Result<bool> feed();
  Result<bool> send_batches();
  Result<bool> repeat_due(std::size_t node);
  Result<bool> take_answers(std::size_t node, Duration wait);
  Result<void> send(std::size_t node, Sent sent);
  Result<void> answered(std::size_t node, const Sent& sent, BytesView reply);
  Result<void> take_limits(std::size_t node, const Sent& sent, const Value& answer);
  Result<void> take_breakers(std::size_t node, const Sent& sent, const Value& answer);
  Result<void> lost(std::size_t node, const Error& why);
  void wait_a_little();
  void report_progress();
  [[nodiscard]] Bytes encode(const replay::LimitBatch& batch) const;
  [[nodiscard]] Bytes encode(const replay::BreakerBatch& batch) const;

  replay::ReplayPlan& plan_;
  replay::LogReader& log_;
  replay::ReplayOptions options_;
  ValueMap breaker_fields_;
  std::string run_;
  std::vector<Connection> connections_;
  bool at_end_ = false;
  std::uint64_t lines_ = 0;  ///< readable ones
  std::size_t next_to_wait_ = 0;
  Time last_progress_;
};

}  // namespace kith::cli
