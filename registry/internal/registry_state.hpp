// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "actor/system.hpp"
#include "core/flat_set.hpp"
#include "core/mutex.hpp"
#include "registry/key_bytes.hpp"
#include "registry/registry.hpp"

namespace kith {

/// The shared state of a registry. An entry is in its partition (by key) and in `owners` (by
/// process); a partition and `owners` are never locked at the same time, so they may disagree for a
/// moment. Readers skip entries of ended processes.
struct Registry::State final : Resolver {
  /// A key, shared by its entries and `owners`.
  using SharedKey = std::shared_ptr<const Value>;

  /// The entries of one key. The first one is stored inline: a unique key needs no vector.
  struct Held {
    std::string bytes;  ///< `key_bytes` of the key
    Entry first;
    Entries more;
    SharedKey key;

    [[nodiscard]] std::size_t size() const { return 1 + more.size(); }
    [[nodiscard]] Entries entries() const {
      Entries all;
      all.reserve(size());
      all.push_back(first);
      all.insert(all.end(), more.begin(), more.end());
      return all;
    }
    /// Returns whether a process has an entry.
    [[nodiscard]] bool belongs_to(Pid pid) const {
      return first.first == pid || std::ranges::find(more, pid, &Entry::first) != more.end();
    }
    /// Removes the entries that `f` accepts; false if none is left, with `first` unchanged then.
    template <typename F>
    bool erase_if(F f) {
      std::erase_if(more, f);
      if (!f(first)) return true;
      if (more.empty()) return false;
      first = std::move(more.front());
      more.erase(more.begin());
      return true;
    }
  };
  struct KeyOfHeld {
    const std::string& operator()(const Held& held) const { return held.bytes; }
  };
  struct HashOfBytes {
    std::uint64_t operator()(std::string_view bytes) const {
      return std::hash<std::string_view>()(bytes);
    }
  };
  struct Partition {
    mutable Mutex mutex;
    FlatSet<Held, KeyOfHeld, HashOfBytes> keys KITH_GUARDED_BY(mutex);

    /// Returns the entries of a key, or null.
    const Held* find(const std::string& bytes, std::uint64_t hash) const KITH_REQUIRES(mutex) {
      const std::size_t place = keys.find(bytes, hash);
      return place == keys.none ? nullptr : &keys[place];
    }
    Held* find(const std::string& bytes, std::uint64_t hash) KITH_REQUIRES(mutex) {
      const std::size_t place = keys.find(bytes, hash);
      return place == keys.none ? nullptr : &keys[place];
    }
  };

  State(const System& s, RegistryOptions o)
      : system(s),
        options(std::move(o)),
        partitions(options.partitions),
        metadata(options.metadata) {}

  /// Returns whether the process of an entry is alive. The `Down` of an ended process takes time to
  /// reach the keeper; its entries are skipped until then.
  [[nodiscard]] bool lives(const Entry& entry) const { return system.is_alive(entry.first); }

  [[nodiscard]] const Partition& partition(std::uint64_t hash) const {
    return partitions[hash % partitions.size()];
  }
  [[nodiscard]] Partition& partition(std::uint64_t hash) {
    return partitions[hash % partitions.size()];
  }

  /// Calls `f(held)` with the entries of a key, if any.
  template <typename F>
  void look(const std::string& bytes, F f) const {
    const std::uint64_t hash = HashOfBytes()(bytes);
    const Partition& part = partition(hash);
    const MutexLock lock(part.mutex);
    if (const Held* const held = part.find(bytes, hash)) f(*held);
  }
  [[nodiscard]] std::optional<Pid> holder(const std::string& bytes) const {
    std::optional<Pid> pid;
    look(bytes, [&](const Held& held) {
      if (lives(held.first)) {
        pid = held.first.first;
      } else if (const auto next = std::ranges::find_if(
                     held.more, [this](const Entry& entry) { return lives(entry); });
                 next != held.more.end()) {
        pid = next->first;
      }
    });
    return pid;
  }
  [[nodiscard]] std::optional<Pid> whereis(const std::string& name) const override {
    return holder(key_bytes(std::string_view(name)));
  }

  /// The number of removed entries, and whether the process has others under the key.
  struct Erased {
    std::size_t count = 0;
    bool some_left = false;
  };

  /// Removes the entries of a process under a key whose value `f` accepts.
  template <typename F>
  Erased erase(const Value& key, Pid pid, F f) {
    const std::string bytes = key_bytes(key);
    const std::uint64_t hash = HashOfBytes()(bytes);
    Partition& part = partition(hash);
    Erased erased;
    SharedKey shared;
    {
      const MutexLock lock(part.mutex);
      Held* const held = part.find(bytes, hash);
      if (held == nullptr) return erased;
      shared = held->key;
      const std::size_t before = held->size();
      const bool stays =
          held->erase_if([&](const Entry& entry) { return entry.first == pid && f(entry.second); });
      erased.count = stays ? before - held->size() : before;
      erased.some_left = stays && held->belongs_to(pid);
      if (!stays) part.keys.erase(part.keys.find(bytes, hash));
    }
    const MutexLock lock(owners_mutex);
    const auto owner = owners.find(pid);
    if (owner == owners.end()) return erased;
    std::vector<SharedKey>& keys = owner->second;
    for (std::size_t i = 0; i < erased.count; ++i) {
      if (const auto at = std::ranges::find(keys, shared); at != keys.end()) keys.erase(at);
    }
    return erased;
  }

  const System& system;
  const RegistryOptions options;
  std::vector<Partition> partitions;
  mutable Mutex owners_mutex;
  Pid keeper KITH_GUARDED_BY(owners_mutex);
  /// The keys of each process, one per entry, in order of registration.
  std::map<Pid, std::vector<SharedKey>> owners KITH_GUARDED_BY(owners_mutex);
  mutable Mutex metadata_mutex;
  ValueMap metadata KITH_GUARDED_BY(metadata_mutex);
};

}  // namespace kith
