// SPDX-License-Identifier: Apache-2.0
#include "cli/node_address.hpp"

#include <gtest/gtest.h>

namespace kith::cli {
namespace {

using node::RuntimeRecord;

TEST(NodeAddress, WithoutRecordsTheUsualAddressIsAsked) {
  EXPECT_EQ(choose_record({}).value().address, "127.0.0.1:7400");
}

TEST(NodeAddress, OneRecordIsChosenSilently) {
  const auto found = choose_record({RuntimeRecord{"kith", "a", "127.0.0.1:1", 1}}).value();
  EXPECT_EQ(found.address, "127.0.0.1:1");
  EXPECT_EQ(found.note, "");
}

TEST(NodeAddress, OfSeveralNodesOfAClusterTheNewestIsChosenAndNamed) {
  const auto found = choose_record({RuntimeRecord{"kith", "b", "127.0.0.1:2", 2},
                                    RuntimeRecord{"kith", "a", "127.0.0.1:1", 1}})
                         .value();
  EXPECT_EQ(found.address, "127.0.0.1:2");
  EXPECT_EQ(found.note,
            "asking node b at 127.0.0.1:2, the newest of 2 on this machine; choose with --node or "
            "KITH_NODE");
}

TEST(NodeAddress, OfNodesOfDifferentClustersNoneIsGuessed) {
  const auto refused = choose_record(
      {RuntimeRecord{"shop", "b", "127.0.0.1:2", 2}, RuntimeRecord{"kith", "a", "127.0.0.1:1", 1}});
  EXPECT_EQ(refused.error().code(), ErrorCode::invalid_argument);
  for (const char* part : {"--node 127.0.0.1:2", "node b of cluster shop", "--node 127.0.0.1:1"}) {
    EXPECT_NE(refused.error().text().find(part), std::string::npos) << part;
  }
}

}  // namespace
}  // namespace kith::cli
