// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

/// Bounds that several folders share, with the reason for each size. A bound that only one file
/// uses is declared there. The code that enforces a bound documents its effect: a typed error,
/// back-pressure or a counted drop, never silent loss.
namespace kith::limits {

/// Size of a frame on the wire. Larger ones are refused before they are decoded.
inline constexpr std::size_t frame_size_bytes_max = 1U << 20U;
/// Nesting of decoded terms: deep enough for hand-written messages, shallow enough for recursion.
inline constexpr std::size_t decode_depth_max = 32;
/// Elements of one decoded array or map.
inline constexpr std::size_t decode_elements_max = 65'536;
/// Rows of one shared table on one node.
inline constexpr std::size_t table_rows_max = 100'000'000;
/// Selections that apps read page by page, and watches, open at once on one node, and the idle time
/// after which one is closed: an open selection keeps the memory of erased rows.
inline constexpr std::size_t table_streams_max = 1024;
inline constexpr std::chrono::seconds table_stream_idle_max{60};
/// Size of a page of a table for an app: a quarter of a frame, so that other requests are served
/// between two pages.
inline constexpr std::size_t table_page_bytes_max = 256U << 10U;
inline constexpr std::uint32_t table_page_items_max = 10'000;
/// Changes queued for an app that watches a table, and the longest time that one request of it may
/// wait for a change.
inline constexpr std::size_t table_watch_changes_max = 10'000;
inline constexpr std::chrono::seconds table_changes_timeout_max{30};
/// Messages queued in one mailbox unless the process has another bound.
inline constexpr std::size_t mailbox_messages_max = 16'000'000;
/// Messages that a process may handle in one turn before other processes of its worker run. A
/// higher value saves switches, and costs the others latency.
inline constexpr std::size_t turn_messages_max = 32;
/// Live processes of one system; the table of them is allocated in chunks on demand.
inline constexpr std::size_t processes_max = 1U << 26U;
/// Well-known services of a node; their pids are above those of all other processes.
inline constexpr std::uint32_t services = 16;
/// Named limiters, breakers or tables of one node: peers and apps choose names, so memory needs a
/// bound.
inline constexpr std::size_t named_things_max = 65'536;
/// Replays in progress at one primary, and the answers that each of them keeps for repeated
/// requests: more than all nodes of a cluster can have in flight at once.
inline constexpr std::size_t replays_max = 1024;
inline constexpr std::size_t replay_answers_max = 65'536;
/// Time without a request after which a replay is closed: its client is gone.
inline constexpr std::chrono::minutes replay_idle_max{10};
/// Address space of one fiber stack; only touched pages use memory.
inline constexpr std::size_t stack_size_bytes = 256U << 10U;
/// Bytes queued for one peer before sends to it fail as overloaded.
inline constexpr std::size_t peer_queue_bytes_max = 64U << 20U;
/// Bytes that a node keeps for one app and for all apps together: answers not yet read from their
/// connections (as many as are queued for a peer), and requests being answered. All of them fit
/// into a node of 1 GiB.
inline constexpr std::size_t client_answers_bytes_max = 64U << 20U;
inline constexpr std::size_t answers_bytes_max = 256U << 20U;
inline constexpr std::size_t client_requests_bytes_max = 64U << 20U;
inline constexpr std::size_t requests_bytes_max = 256U << 20U;
/// Cost of a request in addition to its bytes: the process that answers it and the used part of its
/// stack. So one app has at most 4,096 small requests in flight.
inline constexpr std::size_t request_cost_bytes = 16U << 10U;
/// Size up to which a message larger than a frame is read, so that it can be answered with an
/// error; a larger one closes its connection.
inline constexpr std::size_t refused_message_bytes_max = 8U << 20U;
/// Bytes from peers and apps that are queued while a node starts, which takes milliseconds.
inline constexpr std::size_t early_messages_bytes_max = 16U << 20U;
/// Items and bytes of one page of a list in an answer, the same as of a page of a table.
inline constexpr std::uint32_t list_page_items_max = 10'000;
inline constexpr std::size_t list_page_bytes_max = 256U << 10U;
/// Characters of a string from outside that an error or a log line quotes: enough to recognise it.
inline constexpr std::size_t quoted_characters_max = 64;
/// Partitions of the data that all nodes share (docs/cluster-protocol.md#partitions).
inline constexpr std::size_t partitions = 256;
/// Length of a name (node, process, limiter, breaker, table): fits any log line.
inline constexpr std::size_t name_size_bytes_max = 255;
/// Length of a table key or limiter key.
inline constexpr std::size_t key_size_bytes_max = 4096;
/// Bytes on the wire of a value of a shared table, or of a row that an app writes: it must fit into
/// one frame when it is sent on with its key (twice in a change), the name of its table and the
/// fields around them, for which 16 KiB are left.
inline constexpr std::size_t table_row_bytes_max = frame_size_bytes_max - (16U << 10U);
/// Nesting of such a value: an answer wraps it in up to six containers.
inline constexpr std::size_t table_row_depth_max = decode_depth_max - 6;
/// Tables on one page of a list.
inline constexpr std::uint32_t table_list_items_max = 1000;
/// Requests in one batch that is checked against limits: as many as gubernator accepts. A node
/// answers them within a few milliseconds, so that other requests are not delayed for long.
inline constexpr std::size_t limit_batch_items_max = 1000;
/// Bytes of keys and names in one message of such a batch: with all other fields it stays below a
/// frame.
inline constexpr std::size_t limit_batch_bytes_max = 256U << 10U;
/// Limits or breakers in one page of the list of shared ones, and the bytes after which a page
/// ends: with the names of the nodes that keep them it stays below a frame.
inline constexpr std::uint32_t shared_page_items_max = 1000;
inline constexpr std::uint32_t shared_page_items_default = 500;
inline constexpr std::size_t shared_page_bytes_max = 256U << 10U;
/// Timeout per node of a query that asks all nodes: one that does not answer, such as a paused one,
/// is skipped, and named in the result.
inline constexpr std::chrono::seconds shared_look_timeout{2};
/// Largest limit whose single hits or leases are kept in a store, so that their state stays below a
/// frame.
inline constexpr std::uint32_t limiter_stored_units_max = 40'000;
/// Default timeout of a call (OTP: gen_server:call/2).
inline constexpr std::chrono::milliseconds call_timeout_default{5000};

}  // namespace kith::limits
