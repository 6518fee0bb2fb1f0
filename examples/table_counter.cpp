// SPDX-License-Identifier: Apache-2.0

/// Counts page views in a table that all processes share: atomic updates from many processes lose
/// no count, without messages to an owner.

#include <chrono>
#include <cstdint>
#include <iostream>
#include <string>
#include <vector>

#include <kith/kith.hpp>

#include "check.hpp"

int main() {
  kith::System system;
  kith::Table<std::string, std::int64_t> views({.name = "views"});

  views.insert("/old", 7).value();
  check(views.lookup("/old") == 7, "a row holds what was written");
  check(!views.insert_new("/old", 8).value(), "insert_new does not write over a row");

  const std::vector<std::string> pages{"/", "/docs", "/", "/blog", "/", "/docs"};
  const auto visits = kith::async_stream(system, pages, [&](const std::string& page) {
    std::int64_t count = 0;
    for (int i = 0; i < 1000; ++i) {
      count = views.update_counter(page, 1, 0).value();  // atomic; a missing row starts at 0
      if (i % 100 == 0) kith::sleep_for(std::chrono::microseconds(50));
    }
    return count;
  });
  for (const auto& visit : visits.value()) check(visit.has_value(), "no update fails");

  for (const auto& [key, content] : views.rows()) {
    std::cout << key << ": " << content << '\n';
  }
  check(views.lookup("/") == 3000, "three visitors counted a thousand views each");
  check(views.lookup("/docs") == 2000, "two did here");
  check(views.take("/old") == 7 && views.size() == 3, "a row can be taken out");

  const auto wrong = views.update_counter("/", 9'223'372'036'854'775'807);
  std::cout << wrong.error().to_string() << '\n';
  check(views.lookup("/") == 3000, "a sum that does not fit changes nothing");
}
