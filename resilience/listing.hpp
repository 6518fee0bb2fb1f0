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

/// How a list of named things that are spread over nodes is made of one page from each.
namespace kith::resilience {

/// Which part of a list is wanted, by name. Thread-safety: plain value.
struct ListRequest {
  std::string prefix;  ///< only names that begin so
  std::string after;   ///< only names behind this one; empty: from the beginning
  std::uint32_t items_max = limits::shared_page_items_default;
  KITH_FIELDS(prefix, after, items_max)
};

/// The page of one node: `things` are its things by name, `entry` makes an item of one. A page ends
/// after `items_max` items (at least 1, at most `limits::shared_page_items_max`) or
/// `limits::shared_page_bytes_max` bytes. Pure.
template <typename Page, typename Things, typename MakeEntry>
[[nodiscard]] Page page_of(const Things& things, const ListRequest& request, MakeEntry entry) {
  constexpr std::size_t item_bytes = 256;  // of an entry, without its name
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

/// What nodes keep under one name.
template <typename Entry>
struct Listed {
  std::string name;
  std::vector<std::pair<BootId, Entry>> entries;
};

/// A page of the list of all nodes. `next` is what comes `after` it, absent at the end.
template <typename Entry>
struct ListedPage {
  std::vector<Listed<Entry>> items;
  std::optional<std::string> next;
};

/// The page of all nodes, made of the pages of each for the same request, sorted by name. Names
/// behind the last one of a node that has more wait for the next page. Pure.
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
