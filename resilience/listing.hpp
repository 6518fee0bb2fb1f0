// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/limits.hpp"
#include "core/pid.hpp"
#include "core/wire_types.hpp"

/// Sorted lists of named things on several nodes, merged from one page of each node.
namespace kith::resilience {

/// Selects a page of a list. Thread-safety: plain value.
struct ListRequest {
  std::string prefix;  ///< only names with this prefix
  std::string after;   ///< only names after this one; empty: from the beginning
  std::uint32_t items_max = limits::shared_page_items_default;
  KITH_FIELDS(prefix, after, items_max)
};

/// Returns the page of one node. `things` maps names to things, `entry` converts one to an item. A
/// page ends after `items_max` items (at least 1, at most `limits::shared_page_items_max`) or
/// `limits::shared_page_bytes_max` bytes. Pure.
template <typename Page, typename Things, typename MakeEntry>
[[nodiscard]] Page page_of(const Things& things, const ListRequest& request, MakeEntry entry) {
  constexpr std::size_t item_bytes = 256;  // estimate for an entry without its name
  const std::uint32_t items_max =
      std::clamp<std::uint32_t>(request.items_max, 1, limits::shared_page_items_max);
  Page page;
  std::size_t bytes = 0;
  auto it = request.after < request.prefix ? things.lower_bound(request.prefix)
                                           : things.upper_bound(request.after);
  for (; it != things.end() && it->first.starts_with(request.prefix); ++it) {
    if (page.items.size() >= items_max || bytes >= limits::shared_page_bytes_max) {
      page.more = true;
      break;
    }
    bytes += it->first.size() + item_bytes;
    page.items.push_back(entry(*it));
  }
  return page;
}

/// Holds the entries of all nodes for one name. Thread-safety: plain value.
template <typename Entry>
struct Listed {
  std::string name;
  std::vector<std::pair<BootId, Entry>> entries;
};

/// Holds a merged page. `next` is the `after` of the next page, nullopt at the end. Thread-safety:
/// plain value.
template <typename Entry>
struct ListedPage {
  std::vector<Listed<Entry>> items;
  std::optional<std::string> next;
};

/// Merges the pages of all nodes for the same request, sorted by name. If a node has more items,
/// names after its last one wait for the next page: the node may have items between them. Pure.
template <typename Page>
[[nodiscard]] auto merge_pages(const std::vector<std::pair<BootId, Page>>& pages,
                               std::uint32_t items_max) {
  using Entry = typename decltype(Page::items)::value_type;
  constexpr std::size_t item_bytes = 512;
  std::map<std::string, Listed<Entry>> merged;
  std::optional<std::string> complete_until;
  for (const auto& [node, page] : pages) {
    for (const Entry& entry : page.items) {
      Listed<Entry>& listed = merged[entry.name];
      listed.name = entry.name;
      listed.entries.emplace_back(node, entry);
    }
    if (!page.more || page.items.empty()) continue;
    const std::string& last = page.items.back().name;
    complete_until = complete_until ? std::min(*complete_until, last) : last;
  }
  ListedPage<Entry> result;
  std::size_t bytes = 0;
  for (auto& [name, listed] : merged) {
    const bool full =
        result.items.size() >= items_max || bytes >= 2 * limits::shared_page_bytes_max;
    if (full || (complete_until && *complete_until < name)) {
      result.next = result.items.back().name;
      return result;
    }
    bytes += name.size() + item_bytes + 64 * listed.entries.size();
    result.items.push_back(std::move(listed));
  }
  if (complete_until) result.next = *complete_until;
  return result;
}

}  // namespace kith::resilience
