// SPDX-License-Identifier: Apache-2.0
#include "transport/own_address.hpp"

#include <gtest/gtest.h>

namespace kith::transport {
namespace {

TEST(OwnAddress, PortZeroStandsForTheBoundPort) {
  EXPECT_EQ(advertised("web:0", "0.0.0.0:7400"), "web:7400");
  EXPECT_EQ(advertised("web:80", "0.0.0.0:7400"), "web:80");
  EXPECT_EQ(advertised("", "127.0.0.1:7400"), "127.0.0.1:7400");
}

TEST(OwnAddress, LoopbackIsNoAddressForOtherMachines) {
  for (const std::string& address : machine_addresses()) {
    EXPECT_FALSE(address.starts_with("127.")) << address;
  }
}

}  // namespace
}  // namespace kith::transport
