// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "cli/replay/batch_queue.hpp"
#include "cli/replay/replay_options.hpp"
#include "cli/replay/report.hpp"
#include "cli/replay/unreadable_lines.hpp"
#include "core/result.hpp"

namespace kith::replay {

/// One request for the shared limit. Thread-safety: plain value.
struct LimitItem {
  std::uint64_t index = 0;  ///< index of the readable line, from 0
  std::string key;          ///< any bytes, at most `limits::key_size_bytes_max`
  Duration at{};            ///< time stamp of the line

  [[nodiscard]] std::size_t size_bytes() const { return key.size() + 16; }
};

/// One admitted request for a shared breaker. Thread-safety: plain value.
struct BreakerItem {
  std::uint64_t index = 0;
  std::string name;  ///< any bytes, at most `limits::name_size_bytes_max`
  Duration at{};
  bool failed = false;
  std::uint32_t breaker = 0;  ///< number in the plan; not sent

  [[nodiscard]] std::size_t size_bytes() const { return name.size() + 16; }
};

using LimitBatch = Batch<LimitItem>;
using BreakerBatch = Batch<BreakerItem>;

/// A transition caused by the item at this index of a batch.
struct ItemTransition {
  std::size_t item = 0;
  BreakerTransition transition;
};

/// The answer to a `BreakerBatch`. Thread-safety: plain value.
struct BreakerAnswer {
  std::vector<bool> refused;                ///< one per item
  std::vector<ItemTransition> transitions;  ///< in order
};

/// Distributes the lines of a log over nodes so that the result does not depend on the number of
/// nodes.
///
/// Invariant: each key of the limit is sent through one node, chosen at its first line. Requests
/// through one node keep their order, so the lines of each key are decided in file order. Lines
/// that the limit admits become breaker requests in file order, each breaker again through one
/// node. Both stages run concurrently, within a window of lines.
///
/// The driver repeats until `done`: `add` while `wants_line`, send the batches of
/// `next_limit_batch` and `next_breaker_batch` of each node, pass in answers. A node must execute
/// batches of one kind in the order in which they were returned; the default `BatchLimits` ensure
/// that by allowing only one unanswered batch. Thread-safety: plain value, no input or output.
class ReplayPlan {
 public:
  /// `options` must have passed `validate`; there is at least one node.
  ReplayPlan(ReplayOptions options, std::vector<std::string> nodes, BatchLimits limits = {},
             std::size_t window_lines = 65'536);

  /// Returns false while the window of undecided lines is full.
  [[nodiscard]] bool wants_line() const { return window_.size() < window_lines_; }
  /// Adds the next readable line of the file.
  void add(const LogLine& line);
  /// Records a skipped line: its number in the file and the reason.
  void add_unreadable(std::uint64_t number, std::string why);
  /// Marks the end of the file.
  void end_of_lines() { ended_ = true; }

  /// Return the next batch for a node, or nullopt.
  [[nodiscard]] std::optional<LimitBatch> next_limit_batch(std::size_t node);
  [[nodiscard]] std::optional<BreakerBatch> next_breaker_batch(std::size_t node);
  /// Takes the answer to a batch: for each item, whether it was admitted. Errors: `decode` if that
  /// node has no such unanswered batch or the answer has another size; nothing changes then.
  Result<void> limit_answer(std::size_t node, std::uint64_t id, const std::vector<bool>& admitted);
  /// Takes the answer to a batch. Errors: as above, and for a transition with an unknown item or
  /// state.
  Result<void> breaker_answer(std::size_t node, std::uint64_t id, const BreakerAnswer& answer);

  /// Moves the unanswered items, keys and breakers of a dead node to others, in order. The items
  /// keep their numbers, so that primaries do not count them twice. Errors: `unavailable` if no
  /// node is left.
  Result<void> node_failed(std::size_t node);
  [[nodiscard]] bool alive(std::size_t node) const { return nodes_[node].alive; }

  /// Returns whether the file has ended and all requests are answered.
  [[nodiscard]] bool done() const;
  /// Returns the number of lines that the limit has decided.
  [[nodiscard]] std::uint64_t decided() const { return admitted_ + limited_; }
  /// Returns the results so far, sorted; `seconds` is the duration of the run.
  [[nodiscard]] ReplayReport report(double seconds) const;

 private:
  struct Node {
    std::string name;
    bool alive = true;
    std::uint64_t keys_lines =
        0;  // lines sent to its limit queue: new keys go to the node with the fewest
    std::uint64_t breakers_lines = 0;  // the same for breakers
    std::uint64_t answered = 0;
    BatchQueue<LimitItem> limit;
    BatchQueue<BreakerItem> breaker;
  };
  struct Key {
    std::string wire_name;
    std::size_t node = 0;
    KeyReport counts;
  };
  struct Breaker {
    std::string wire_name;
    std::size_t node = 0;
    BreakerReport counts;  // without the transitions
    std::vector<std::pair<std::uint64_t, BreakerTransition>> transitions;  // with their line
  };
  enum class Decision : std::uint8_t { none, admitted, limited };
  struct Line {
    std::uint32_t key = 0;
    std::uint32_t breaker = 0;
    Duration at{};
    bool failed = false;
    Decision decision = Decision::none;
  };

  std::uint32_t key_number(const std::string& key);
  std::uint32_t breaker_number(const std::string& name);
  void send_to_limit(LimitItem item, std::uint32_t key);
  void send_to_breaker(BreakerItem item);
  void pass_on_decided_lines();
  [[nodiscard]] std::size_t least_loaded(std::uint64_t Node::* lines) const;
  [[nodiscard]] Line& line(std::uint64_t index) { return window_[index - window_begin_]; }

  ReplayOptions options_;
  BatchLimits limits_;
  std::size_t window_lines_;
  std::vector<Node> nodes_;
  std::vector<Key> keys_;
  std::map<std::string, std::uint32_t, std::less<>> key_numbers_;
  std::vector<Breaker> breakers_;
  std::map<std::string, std::uint32_t, std::less<>> breaker_numbers_;
  std::deque<Line> window_;         // from the first line without a decision
  std::uint64_t window_begin_ = 0;  // its index
  bool ended_ = false;
  std::uint64_t next_id_ = 1;
  std::uint64_t admitted_ = 0;
  std::uint64_t limited_ = 0;
  UnreadableLines unreadable_;
};

}  // namespace kith::replay
