/// A table that all processes share: page views counted from many processes at once, without asking
/// a process and without losing one.

#include <chrono>
#include <cstdint>
#include <iostream>
#include <string>
#include <vector>

#include "examples/check.hpp"
#include "node/kith.hpp"

int main() {
  kith::System system;
  kith::Table views({.name = "views"});

  views.insert("title", "page views").value();
  check(views.lookup("title") == kith::Value("page views"), "a row holds what was written");
  check(!views.insert_new("title", "another").value(), "insert_new does not write over a row");

  const std::vector<std::string> pages{"/", "/docs", "/", "/blog", "/", "/docs"};
  const auto visits = kith::async_stream(system, pages, [&](const std::string& page) {
    std::int64_t count = 0;
    for (int i = 0; i < 1000; ++i) {
      count = views.update_counter(page, 1, 0).value();  // atomic; a missing row starts at 0
      if (i % 100 == 0) kith::sleep_for(std::chrono::microseconds(50));
    }
    return count;
  });
  for (const auto& visit : visits.value()) check(visit.has_value(), "no visitor meets an error");

  for (const auto& [key, content] : views.rows()) {
    std::cout << to_json(key) << ": " << to_json(content) << '\n';
  }
  check(views.lookup("/") == kith::Value(3000), "three visitors counted a thousand views each");
  check(views.lookup("/docs") == kith::Value(2000), "two did here");
  check(views.take("title").has_value() && views.size() == 3, "a row can be taken out");

  const auto wrong = views.update_counter("/", 9'223'372'036'854'775'807);
  std::cout << wrong.error().to_string() << '\n';
  check(views.lookup("/") == kith::Value(3000), "a sum that does not fit changes nothing");
}
