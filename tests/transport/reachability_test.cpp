// SPDX-License-Identifier: Apache-2.0
#include "transport/reachability.hpp"

#include <arpa/inet.h>
#include <chrono>
#include <netinet/in.h>
#include <string>
#include <sys/socket.h>
#include <unistd.h>

#include <gtest/gtest.h>

namespace kith::transport {
namespace {

using namespace std::chrono_literals;
using Kind = Reachability::Kind;

/// A loopback port that listens until it is closed.
class Listener {
 public:
  explicit Listener(int backlog = 8) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(bind(descriptor_, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    socklen_t size = sizeof address;
    EXPECT_EQ(getsockname(descriptor_, reinterpret_cast<sockaddr*>(&address), &size), 0);
    EXPECT_EQ(listen(descriptor_, backlog), 0);
    port_ = ntohs(address.sin_port);
  }
  ~Listener() { end(); }
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;
  void end() {
    if (descriptor_ >= 0) close(descriptor_);
    descriptor_ = -1;
  }
  [[nodiscard]] std::uint16_t port() const { return port_; }
  [[nodiscard]] std::string address() const { return "127.0.0.1:" + std::to_string(port_); }

 private:
  int descriptor_ = socket(AF_INET, SOCK_STREAM, 0);
  std::uint16_t port_ = 0;
};

TEST(Reachability, APortThatListensAccepts) {
  const Listener listener;
  EXPECT_EQ(try_address(listener.address(), 5s).kind, Kind::accepts);
}

TEST(Reachability, APortWhereNothingListensRefuses) {
  Listener listener;
  listener.end();
  const Reachability seen = try_address(listener.address(), 5s);
  EXPECT_EQ(seen.kind, Kind::refused);
  EXPECT_EQ(seen.text, "refused the connection (nothing listens there)");
}

TEST(Reachability, AHostWithoutAnAddressIsUnknown) {
  EXPECT_EQ(try_address("no-such-host.invalid:7400", 5s).kind, Kind::unknown_host);
}

TEST(Reachability, WhatIsNoAddressIsSaidToBeNone) {
  EXPECT_EQ(try_address("foo", 5s).kind, Kind::bad_address);
  EXPECT_EQ(try_address("foo:port", 5s).kind, Kind::bad_address);
}

TEST(Reachability, ALineThatSwallowsEverythingDoesNotAnswer) {
  const Listener full(0);  // the kernel drops connections beyond a full queue
  int taken[3];
  for (int& descriptor : taken) {
    descriptor = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(full.port());
    static_cast<void>(connect(descriptor, reinterpret_cast<sockaddr*>(&address), sizeof address));
  }
  EXPECT_EQ(try_address(full.address(), 100ms).kind, Kind::no_answer);
  for (const int descriptor : taken) close(descriptor);
}

}  // namespace
}  // namespace kith::transport
