// SPDX-License-Identifier: Apache-2.0

// An application outside of kith's build: it sees the installed headers and the library, no more.

#include <cstdio>
#include <string>

#include <kith/kith.hpp>

#include "core/error.hpp"

int main() {
  static_assert(app_error == 7);
  const auto value = kith::Value::map({{"region", "eu-1"}});
  const std::string text = kith::to_json(value);
  std::puts(text.c_str());
  return text == R"({"region":"eu-1"})" ? 0 : 1;
}
