// SPDX-License-Identifier: Apache-2.0
#include "cluster/owner_log.hpp"

#include <string_view>
#include <utility>

#include "core/hash.hpp"

namespace kith::cluster {
namespace {

std::uint64_t hash_of(const LogKey& key, const LogEntry& entry) {
  return stable_hash(key.scope, stable_hash(key.key, entry.sequence));
}

std::size_t size_of(const Value& value) {
  if (const auto* text = value.get_if<std::string>()) return text->size() + 5;
  if (const auto* bytes = value.get_if<Bytes>()) return bytes->size() + 5;
  std::size_t size = 24;
  if (const auto* array = value.get_if<ValueArray>()) {
    for (const Value& element : *array) size += size_of(element);
  }
  if (const auto* map = value.get_if<ValueMap>()) {
    for (const auto& [field, content] : *map) size += field.size() + 5 + size_of(content);
  }
  return size;
}

}  // namespace

std::optional<LogEntry> OwnerLog::put(const LogKey& key, LogEntry entry) {
  std::optional<LogEntry> old = erase(key);
  hash ^= hash_of(key, entry);
  entries.emplace(key, std::move(entry));
  return old;
}

std::optional<LogEntry> OwnerLog::erase(const LogKey& key) {
  const auto it = entries.find(key);
  if (it == entries.end()) return std::nullopt;
  hash ^= hash_of(key, it->second);
  std::optional<LogEntry> old = std::move(it->second);
  entries.erase(it);
  return old;
}

std::size_t wire_size_estimate(const LogKey& key, const LogContent& content) {
  return 120 + key.scope.size() + key.key.size() + size_of(content.value);
}

}  // namespace kith::cluster
