// SPDX-License-Identifier: Apache-2.0
#include "cli/exit_code.hpp"

#include <gtest/gtest.h>

namespace kith::cli {
namespace {

TEST(ExitCode, SaysWhatKindOfFailureItWas) {
  EXPECT_EQ(exit_code(ErrorCode::rate_limited), 1);
  EXPECT_EQ(exit_code(ErrorCode::circuit_open), 1);
  EXPECT_EQ(exit_code(ErrorCode::unavailable), 1);
  EXPECT_EQ(exit_code(ErrorCode::internal), 1);
  EXPECT_EQ(exit_code(ErrorCode::invalid_argument), 2);
  EXPECT_EQ(exit_code(ErrorCode::no_connection), 3);
  EXPECT_EQ(exit_code(ErrorCode::not_found), 4);
  EXPECT_EQ(exit_code(ErrorCode::no_process), 4);
  EXPECT_EQ(exit_code(ErrorCode::unauthorised), 5);
  EXPECT_EQ(exit_code(ErrorCode::timeout), 6);
  EXPECT_EQ(exit_code(ErrorCode::conflict), 7);
  EXPECT_EQ(exit_code(ErrorCode::already_exists), 7);
}

}  // namespace
}  // namespace kith::cli
