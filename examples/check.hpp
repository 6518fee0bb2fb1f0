// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdlib>
#include <iostream>
#include <string_view>

/// Ends the program with exit code 1 if an expectation of an example does not hold.
inline void check(bool holds, std::string_view sentence) {
  if (holds) return;
  std::cerr << "This should hold and does not: " << sentence << '\n';
  std::exit(EXIT_FAILURE);
}
