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
  std::uint64_t index = 0;  ///< which readable line, from 0
  std::string key;          ///< any bytes, at most `limits::key_size_bytes_max`
  Duration at{};            ///< the line's own stamp

  [[nodiscard]] std::size_t size_bytes() const { return key.size() + 16; }
};

/// One admitted request for a shared breaker. Thread-safety: plain value.
struct BreakerItem {
  std::uint64_t index = 0;
  std::string name;  ///< any bytes, at most `limits::name_size_bytes_max`
  Duration at{};
  bool failed = false;
  std::uint32_t breaker = 0;  ///< the plan's number of it, not for the wire

  [[nodiscard]] std::size_t size_bytes() const { return name.size() + 16; }
};

using LimitBatch = Batch<LimitItem>;
using BreakerBatch = Batch<BreakerItem>;

/// A change of state that the item at this place of a batch has caused.
struct ItemTransition {
  std::size_t item = 0;
  BreakerTransition transition;
};

/// What became of a `BreakerBatch`. Thread-safety: plain value.
struct BreakerAnswer {
  std::vector<bool> refused;                ///< one an item
  std::vector<ItemTransition> transitions;  ///< in order
};

/// Spreads the lines of a log over nodes so that the result is exact whatever the number of nodes.
///
/// Each key of the limit enters the cluster through one node, chosen at first sight; what goes
/// through one node keeps its order, so each key sees its lines in file order. Lines that the limit
/// admits become breaker requests in file order, each breaker again through one node. Both parts
/// run at once, within a window of lines.
///
/// The one who drives it repeats: `add` while `wants_line`; send what `next_limit_batch` and
/// `next_breaker_batch` give for each node; hand in answers; until `done`. Batches of one kind to
/// one node must be carried out in the order in which they were given, which `BatchLimits` make
/// sure of unless they are widened.
/// Thread-safety: plain value, no input or output.
class ReplayPlan {
 public:
  /// `options` must have passed `validate`; there is at least one node.
  ReplayPlan(ReplayOptions options, std::vector<std::string> nodes, BatchLimits limits = {},
             std::size_t window_lines = 65'536);

  /// False while too many lines are under way.
  [[nodiscard]] bool wants_line() const { return window_.size() < window_lines_; }
  /// The next readable line of the file.
  void add(const LogLine& line);
  /// A line that is skipped: number in the file and the reason.
  void add_unreadable(std::uint64_t number, std::string why);
  /// No more lines will come.
  void end_of_lines() { ended_ = true; }

  /// What to send to a node next, if anything.
  [[nodiscard]] std::optional<LimitBatch> next_limit_batch(std::size_t node);
  [[nodiscard]] std::optional<BreakerBatch> next_breaker_batch(std::size_t node);
  /// The answer to a batch: for each item, whether it was admitted. Errors: `decode` when there is
  /// no such batch under way at that node or the answer has another size (nothing is changed then).
  Result<void> limit_answer(std::size_t node, std::uint64_t id, const std::vector<bool>& admitted);
  /// The answer to a batch. Errors: as above, and for a transition of no item or to no state.
  Result<void> breaker_answer(std::size_t node, std::uint64_t id, const BreakerAnswer& answer);

  /// A node is gone: what was on its way goes to others, in order, and so do its keys and breakers.
  /// The items keep their numbers, so that primaries do not count them twice. Errors:
  /// `unavailable` when none is left.
  Result<void> node_failed(std::size_t node);
  [[nodiscard]] bool alive(std::size_t node) const { return nodes_[node].alive; }

  /// Everything has been answered and no line will come.
  [[nodiscard]] bool done() const;
  /// Lines that the limit has decided.
  [[nodiscard]] std::uint64_t decided() const { return admitted_ + limited_; }
  /// What is known so far, sorted; `seconds` is how long the run took.
  [[nodiscard]] ReplayReport report(double seconds) const;

 private:
  struct Node {
    std::string name;
    bool alive = true;
    std::uint64_t keys_lines = 0;      // lines given to its limit queue: the least gets new keys
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
