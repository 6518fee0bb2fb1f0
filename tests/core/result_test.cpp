// SPDX-License-Identifier: Apache-2.0
#include "core/result.hpp"

#include <memory>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace kith {
namespace {

/// Records its destruction.
class Element {
 public:
  explicit Element(bool& gone) : gone_(&gone) {}
  Element(Element&& other) noexcept : gone_(std::exchange(other.gone_, nullptr)) {}
  ~Element() {
    if (gone_ != nullptr) *gone_ = true;
  }
  [[nodiscard]] bool is_here() const { return gone_ != nullptr && !*gone_; }

 private:
  bool* gone_;
};

Result<std::vector<std::unique_ptr<Element>>> elements(bool& gone) {
  std::vector<std::unique_ptr<Element>> all;
  all.push_back(std::make_unique<Element>(gone));
  return all;
}

TEST(Result, TheValueOfATemporaryOneCanBeWalkedOver) {
  bool gone = false;
  for (const auto& element : elements(gone).value()) EXPECT_TRUE(element->is_here());
  EXPECT_TRUE(gone);
}

TEST(Result, AskingAFailureForItsValueThrowsTheError) {
  const Result<int> failure(ErrorCode::timeout, "too late");
  try {
    static_cast<void>(failure.value());
    FAIL() << "no exception";
  } catch (const BadResult& thrown) {
    EXPECT_EQ(thrown.error().code(), ErrorCode::timeout);
  }
}

}  // namespace
}  // namespace kith
