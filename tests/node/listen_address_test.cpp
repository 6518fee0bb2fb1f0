// SPDX-License-Identifier: Apache-2.0
#include "node/listen_address.hpp"

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "core/limits.hpp"

namespace kith::node {
namespace {

TEST(ListenAddress, AnAddressThatCanBeDialledIsAdvertisedAsItIs) {
  EXPECT_EQ(advertised_address("10.0.0.5:7400", "", {"10.0.0.5", "10.1.0.5"}).value(), "");
  EXPECT_EQ(advertised_address("0.0.0.0:7400", "web:7400", {}).value(), "web:7400");
}

TEST(ListenAddress, TheOnlyAddressOfTheMachineIsAdvertisedForAllOfThem) {
  EXPECT_EQ(advertised_address("0.0.0.0:7400", "", {"10.0.0.5"}).value(), "10.0.0.5:7400");
  EXPECT_EQ(advertised_address("[::]:0", "", {"10.0.0.5"}).value(), "10.0.0.5:0");
}

TEST(ListenAddress, OneOfSeveralMustBeChosenByHand) {
  const auto refused = advertised_address("0.0.0.0:7400", "", {"10.0.0.5", "172.17.0.1"});
  EXPECT_EQ(refused.error().code(), ErrorCode::invalid_argument);
  EXPECT_NE(refused.error().text().find("10.0.0.5, 172.17.0.1"), std::string::npos);
  EXPECT_NE(refused.error().text().find("--advertise"), std::string::npos);
  EXPECT_FALSE(advertised_address("0.0.0.0:7400", "", {}));
}

TEST(ListenAddress, AllAddressesCannotBeAdvertised) {
  EXPECT_EQ(advertised_address("10.0.0.5:7400", "0.0.0.0:7400", {}).error().code(),
            ErrorCode::invalid_argument);
}

TEST(ListenAddress, NodeNamesArePlain) {
  EXPECT_TRUE(check_node_name("web-1.example_2"));
  EXPECT_TRUE(check_node_name(std::string(limits::name_size_bytes_max, 'a')));
  for (const std::string bad : {"a b", "a/b", "ä", "a\x1B[31m"}) {
    EXPECT_FALSE(check_node_name(bad)) << bad;
  }
  EXPECT_FALSE(check_node_name(std::string(limits::name_size_bytes_max + 1, 'a')));
}

TEST(ListenAddress, ADefaultNameEndsWithThePortOrFourDigits) {
  EXPECT_TRUE(default_node_name("127.0.0.1:7400", 0xABCD).ends_with("-7400"));
  EXPECT_TRUE(default_node_name("127.0.0.1:0", 0x1ABCD).ends_with("-abcd"));
}

}  // namespace
}  // namespace kith::node
