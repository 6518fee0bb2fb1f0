#pragma once

#include <cstdlib>
#include <iostream>
#include <string_view>

/// Says what an example expects and ends the program with exit code 1 when it is not so.
inline void check(bool holds, std::string_view sentence) {
  if (holds) return;
  std::cerr << "This should hold and does not: " << sentence << '\n';
  std::exit(EXIT_FAILURE);
}
