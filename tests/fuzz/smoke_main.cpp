// SPDX-License-Identifier: Apache-2.0

// Drives a fuzz target without libFuzzer: the files of a corpus directory, their prefixes, single
// changed bytes, and generated input from a fixed seed. Any crash or sanitizer report fails.

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace {

using Bytes = std::vector<std::uint8_t>;

constexpr int generated_inputs = 20'000;
constexpr int changes_per_file = 2'000;

std::size_t runs = 0;

void run(const Bytes& bytes) {
  // An exact-size copy on the heap, so that the address sanitizer sees a read past the end.
  const Bytes copy(bytes);
  LLVMFuzzerTestOneInput(copy.data(), copy.size());
  ++runs;
}

std::vector<Bytes> read_corpus(const std::filesystem::path& folder) {
  std::vector<Bytes> corpus;
  if (!std::filesystem::is_directory(folder)) return corpus;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    std::ifstream file(entry.path(), std::ios::binary);
    corpus.emplace_back(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
  }
  return corpus;
}

void change(const Bytes& original, std::mt19937& random) {
  run(original);
  for (int i = 0; i < changes_per_file && !original.empty(); ++i) {
    Bytes changed(original);
    changed[random() % changed.size()] = static_cast<std::uint8_t>(random());
    if (i % 3 == 0) changed.resize(random() % (changed.size() + 1));
    run(changed);
  }
}

void generate(std::mt19937& random) {
  for (int i = 0; i < generated_inputs; ++i) {
    Bytes bytes(random() % 64);
    for (auto& byte : bytes) byte = static_cast<std::uint8_t>(random());
    run(bytes);
  }
}

}  // namespace

int main(int argc, char** argv) {
  std::mt19937 random(20'240'601);
  if (argc > 1) {
    for (const auto& file : read_corpus(argv[1])) change(file, random);
  }
  generate(random);
  std::printf("%zu inputs\n", runs);
  return 0;
}
