// SPDX-License-Identifier: Apache-2.0
#include "transport/request_format.hpp"

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "core/limits.hpp"

namespace kith::transport {
namespace {

Bytes bytes(std::string_view text) {
  return to_owned(as_bytes(text));
}

const std::string number_seven("\0\0\0\0\0\0\0\7", 8);

RequestEnvelope read(const std::vector<Bytes>& parts) {
  std::size_t size = 0;
  for (const Bytes& part : parts) size += part.size();
  return read_request(parts, size);
}

std::string problem_in(const std::vector<Bytes>& parts) {
  const auto request = read(parts);
  return request.problem ? request.problem->text() : "none";
}

TEST(RequestFormat, ReadsARequestWithAndWithoutTheDelimiterOfAReqSocket) {
  const std::vector<Bytes> plain{bytes("R" + number_seven + "body")};
  const RequestEnvelope request = read(plain);
  EXPECT_FALSE(request.problem);
  EXPECT_FALSE(request.delimited);
  EXPECT_EQ(request.number, 7U);
  EXPECT_EQ(as_text(request.body), "body");
  const std::vector<Bytes> delimited{Bytes(), plain.front()};
  const RequestEnvelope same = read(delimited);
  EXPECT_FALSE(same.problem);
  EXPECT_TRUE(same.delimited);
  EXPECT_EQ(as_text(same.body), "body");
}

TEST(RequestFormat, SaysWhatIsWrongWithWhatIsNoRequest) {
  EXPECT_NE(problem_in({}).find("0 parts"), std::string::npos);
  EXPECT_NE(problem_in({Bytes()}).find("empty"), std::string::npos);
  EXPECT_NE(problem_in({Bytes(), Bytes()}).find("empty"), std::string::npos);
  EXPECT_NE(problem_in({bytes("R123")}).find("after 4 bytes"), std::string::npos);
  EXPECT_NE(problem_in({bytes("{op: ping}")}).find("0x7b instead of 'R'"), std::string::npos);
  EXPECT_NE(problem_in({bytes("R" + number_seven), bytes("x")}).find("2 parts"), std::string::npos);
}

TEST(RequestFormat, ARequestOfOneByteTooManyIsRefusedUnderItsNumberWithTheLimit) {
  const std::vector<Bytes> cut{bytes("R" + number_seven)};
  const std::size_t most = limits::frame_size_bytes_max + request_prefix_bytes;
  EXPECT_FALSE(read_request(cut, most).problem);
  const auto refused = read_request(cut, most + 1);
  ASSERT_TRUE(refused.problem);
  EXPECT_EQ(refused.number, 7U);
  EXPECT_EQ(refused.problem->code(), ErrorCode::invalid_argument);
  EXPECT_NE(refused.problem->text().find("1048576"), std::string::npos);
}

TEST(RequestFormat, AnswersFindTheirWayBack) {
  const std::vector<Bytes> parts{Bytes(), bytes("R" + number_seven)};
  const ClientId client = make_client_id(as_bytes("route"), read(parts));
  const auto address = read_client_id(client);
  ASSERT_TRUE(address);
  EXPECT_EQ(address->connection, "route");
  EXPECT_TRUE(address->delimited);
  EXPECT_EQ(as_text(address->number), number_seven);
  EXPECT_FALSE(read_client_id("short"));
}

TEST(RequestFormat, AllRequestsOfAConnectionHaveTheSameIdBeforeTheirNumber) {
  RequestEnvelope one{.number = 1};
  RequestEnvelope two{.number = ~0ULL};
  const ClientId first = make_client_id(as_bytes("route"), one);
  const ClientId second = make_client_id(as_bytes("route"), two);
  EXPECT_EQ(first.substr(0, first.size() - 8), second.substr(0, second.size() - 8));
  EXPECT_NE(first, second);
}

}  // namespace
}  // namespace kith::transport
