// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <regex.h>
#include <string>

#include "bench/bench.hpp"

namespace kith::bench {

Count Bench::count(double full) const {
  return static_cast<Count>(std::max(100.0, full * scale_));
}

bool Bench::wants(const std::string& item) const {
  if (only_.empty()) return true;
  regex_t pattern;
  if (regcomp(&pattern, only_.c_str(), REG_EXTENDED | REG_NOSUB) != 0) return false;
  const bool matches = regexec(&pattern, item.c_str(), 0, nullptr, 0) == 0;
  regfree(&pattern);
  return matches;
}

void Bench::report(const std::string& item, const char* unit, double value) const {
  std::printf(R"({"peer":"kith","item":"%s","unit":"%s","v":%.4f})"
              "\n",
              item.c_str(), unit, value);
  std::fflush(stdout);
}

}  // namespace kith::bench

namespace {

int usage(const char* program) {
  std::fprintf(stderr, "usage: %s [--scale S] [--only REGEX]\n", program);
  return 2;
}

}  // namespace

int main(int argc, char** argv) {
  double scale = 0.1;
  std::string only;
  for (int i = 1; i < argc; i += 2) {
    if (i + 1 == argc) return usage(argv[0]);
    if (std::strcmp(argv[i], "--scale") == 0)
      scale = std::atof(argv[i + 1]);
    else if (std::strcmp(argv[i], "--only") == 0)
      only = argv[i + 1];
    else
      return usage(argv[0]);
  }
  const kith::bench::Bench bench(scale, only);
  kith::bench::memory(bench);  // first, because later items would leave freed memory to reuse
  kith::bench::spawning(bench);
  kith::bench::calls(bench);
  kith::bench::messages(bench);
  kith::bench::tasks(bench);
  kith::bench::timers(bench);
  kith::bench::monitors(bench);
  kith::bench::state_machines(bench);
  kith::bench::supervision(bench);
  kith::bench::names(bench);
  kith::bench::tables(bench);
  kith::bench::limits(bench);
}
