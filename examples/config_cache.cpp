// SPDX-License-Identifier: Apache-2.0

/// Keeps a configuration cache in an agent: callers read and change its map with functions that run
/// inside the agent, one at a time.

#include <iostream>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include <kith/kith.hpp>

#include "check.hpp"

using Settings = std::map<std::string, std::string>;

class ConfigCache {
 public:
  template <kith::HasSystem S>
  static ConfigCache start_link(S& owner) {
    return ConfigCache(kith::Agent<Settings>::start_link(owner, [] { return Settings{}; }).value());
  }

  void put(const std::string& key, const std::string& value) {
    agent_.update([key, value](Settings& settings) { settings[key] = value; }).value();
  }
  std::optional<std::string> get(const std::string& key) {
    return agent_
        .get([key](const Settings& settings) -> std::optional<std::string> {
          const auto found = settings.find(key);
          if (found == settings.end()) return std::nullopt;
          return found->second;
        })
        .value();
  }
  Settings get_all() { return agent_.get().value(); }
  void clear() {
    agent_.update([](Settings& settings) { settings.clear(); }).value();
  }
  /// Replaces a value and returns the old one atomically: no other function runs in between.
  std::string replace(const std::string& key, const std::string& value) {
    return agent_
        .get_and_update(
            [key, value](Settings& settings) { return std::exchange(settings[key], value); })
        .value();
  }

 private:
  explicit ConfigCache(kith::Agent<Settings> agent) : agent_(std::move(agent)) {}
  kith::Agent<Settings> agent_;
};

int main() {
  kith::System system;
  ConfigCache cache = ConfigCache::start_link(system);

  cache.put("region", "eu-1");
  cache.put("replicas", "3");
  for (const auto& [key, value] : cache.get_all()) std::cout << key << " = " << value << '\n';
  check(cache.get("region") == "eu-1", "the cache gives back what was put");
  check(!cache.get("zone"), "an unknown key has no value");

  const std::string before = cache.replace("replicas", "5");
  std::cout << "replicas: " << before << " -> " << *cache.get("replicas") << '\n';
  check(before == "3" && cache.get("replicas") == "5", "replace gives the former value");

  cache.clear();
  std::cout << "after clear: " << cache.get_all().size() << " settings\n";
  check(cache.get_all().empty(), "clear removes everything");
}
