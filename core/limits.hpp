#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

/// Bounds that several folders share, with the reason for each size. A bound that one file uses is
/// declared there. The place that enforces a bound says what happens at it: a typed error,
/// back-pressure or a counted drop, never silence.
namespace kith::limits {

/// One frame on the wire. Larger ones are refused before they are decoded.
inline constexpr std::size_t frame_size_bytes_max = 1U << 20U;
/// Nesting of decoded terms: deep enough for any hand-written message, shallow enough for a stack.
inline constexpr std::size_t decode_depth_max = 32;
/// Elements of one decoded array or map.
inline constexpr std::size_t decode_elements_max = 65'536;
/// Rows of a table that all nodes share, on one node.
inline constexpr std::size_t table_rows_max = 100'000'000;
/// What apps read page by page or watch at once on one node, and for how long nobody may ask until
/// it is forgotten: a selection keeps the memory of erased rows.
inline constexpr std::size_t table_streams_max = 1024;
inline constexpr std::chrono::seconds table_stream_idle_max{60};
/// A page of a table for an app: short of a frame, so that others have their turn between two.
inline constexpr std::size_t table_page_bytes_max = 256U << 10U;
inline constexpr std::uint32_t table_page_items_max = 10'000;
/// Changes that wait for an app that watches a table, and how long it may wait for one at once.
inline constexpr std::size_t table_watch_changes_max = 10'000;
inline constexpr std::chrono::seconds table_changes_patience_max{30};
/// Messages waiting in one mailbox unless the process asked for another bound.
inline constexpr std::size_t mailbox_messages_max = 16'000'000;
/// Messages a process may work off in one turn before others on its worker run (fairness).
inline constexpr std::size_t turn_messages_max = 32;
/// Live processes of one system: indexes are 32 bits, chunks are allocated on demand.
inline constexpr std::size_t processes_max = 1U << 26U;
/// Well-known services of a node: their pids stand above all ordinary ones.
inline constexpr std::uint32_t services = 16;
/// Named limiters, breakers or tables of one node: names come from outside, memory does not.
inline constexpr std::size_t named_things_max = 65'536;
/// Replays under way at one primary, and the answers that each can be asked for again: more than
/// all nodes of a cluster can have under way at once.
inline constexpr std::size_t replays_max = 1024;
inline constexpr std::size_t replay_answers_max = 65'536;
/// A replay without a request for so long has lost its client.
inline constexpr std::chrono::minutes replay_idle_max{10};
/// Address space of one fiber stack; only touched pages use memory.
inline constexpr std::size_t stack_size_bytes = 256U << 10U;
/// Bytes that wait for one peer before sends to it are refused as overloaded.
inline constexpr std::size_t peer_queue_bytes_max = 64U << 20U;
/// What one app makes a node keep, and what all apps together do: answers that they have not taken
/// off their connections (as much as waits for a peer), and requests that are being answered. All
/// of them fit into a node of 1 GiB.
inline constexpr std::size_t client_answers_bytes_max = 64U << 20U;
inline constexpr std::size_t answers_bytes_max = 256U << 20U;
inline constexpr std::size_t client_requests_bytes_max = 64U << 20U;
inline constexpr std::size_t requests_bytes_max = 256U << 20U;
/// What a request costs besides its bytes: the process that answers it and the used part of its
/// stack. So one app has 4,096 small requests under way at most.
inline constexpr std::size_t request_cost_bytes = 16U << 10U;
/// A message of more bytes than a frame is read up to this size, so that it can be answered by an
/// error; a larger one ends its connection.
inline constexpr std::size_t refused_message_bytes_max = 8U << 20U;
/// What comes from peers and apps while a node starts, which takes milliseconds, and is kept until
/// it is up.
inline constexpr std::size_t early_messages_bytes_max = 16U << 20U;
/// Items and bytes of one page of a list in an answer, as of a page of a table.
inline constexpr std::uint32_t list_page_items_max = 10'000;
inline constexpr std::size_t list_page_bytes_max = 256U << 10U;
/// Characters of a foreign text that an error or a log line repeats: enough to recognise it.
inline constexpr std::size_t quoted_characters_max = 64;
/// Partitions of what all nodes share (docs/cluster-protocol.md#partitions).
inline constexpr std::size_t partitions = 256;
/// Length of a name (node, process, limiter, breaker, table): fits any log line.
inline constexpr std::size_t name_size_bytes_max = 255;
/// Length of a table key or limiter key.
inline constexpr std::size_t key_size_bytes_max = 4096;
/// A value of a table that all nodes share, or a row that an app writes, in bytes on the wire: what
/// came in must go out again in one frame, with its key (twice in a change), the name of its table
/// and what stands around them, for which 16 KiB are left.
inline constexpr std::size_t table_row_bytes_max = frame_size_bytes_max - (16U << 10U);
/// Its nesting: an answer puts it into up to six containers.
inline constexpr std::size_t table_row_depth_max = decode_depth_max - 6;
/// Tables on one page of a list.
inline constexpr std::uint32_t table_list_items_max = 1000;
/// Requests that are checked against limits at once: as many as gubernator takes, and a node has
/// answered them within a few milliseconds, so that nobody waits long behind them.
inline constexpr std::size_t limit_batch_items_max = 1000;
/// Bytes of keys and names in one message of such a batch: with all that belongs to them it stays
/// below a frame.
inline constexpr std::size_t limit_batch_bytes_max = 256U << 10U;
/// Limits or breakers in one page of the list of all that nodes share, and the bytes behind which a
/// page ends: with the names of the nodes that keep them it stays below a frame.
inline constexpr std::uint32_t shared_page_items_max = 1000;
inline constexpr std::uint32_t shared_page_items_default = 500;
inline constexpr std::size_t shared_page_bytes_max = 256U << 10U;
/// How long a look at what all nodes share waits for each of them: one that is paused is passed
/// over, and named.
inline constexpr std::chrono::seconds shared_look_patience{2};
/// Largest limit whose single hits or leases are kept in a store: their state stays below a frame.
inline constexpr std::uint32_t limiter_stored_units_max = 40'000;
/// How long a call waits unless told otherwise (OTP: gen_server:call/2).
inline constexpr std::chrono::milliseconds call_timeout_default{5000};

}  // namespace kith::limits
