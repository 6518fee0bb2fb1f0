// SPDX-License-Identifier: Apache-2.0
#include "transport/handler_gate.hpp"

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "core/limits.hpp"

namespace kith::transport {
namespace {

/// Records what passes the gate, and how the rest is answered.
class Journal : public TransportHandler {
 public:
  void on_message(const Peer& from, Channel, BytesView message) override {
    lines.push_back(from.id.name + ": " + std::string(as_text(message)));
  }
  void on_lost(const NodeId& peer) override { lines.push_back("lost " + peer.name); }
  void on_request(const ClientId& client, BytesView request) override {
    lines.push_back(client + " asks " + std::string(as_text(request)));
    if (asked) asked();
  }
  HandlerGate::Actions actions() {
    return {.refuse =
                [this](const ClientId& client, const Error& error) {
                  refused.push_back(client + " " + error.to_string());
                },
            .disconnect = [this](const Address& to) { disconnected.push_back(to); }};
  }

  std::vector<std::string> lines;
  std::vector<std::string> refused;
  std::vector<Address> disconnected;
  std::function<void()> asked;
};

const Peer peer{{"b", 1}, "b:1"};

TEST(HandlerGate, HandsOnWhatCameBeforeItOpenedInOrder) {
  Journal journal;
  HandlerGate gate(journal, journal.actions());
  gate.on_request("app", as_bytes("ping"));
  gate.on_message(peer, Channel::app, as_bytes("hello"));
  gate.on_lost(peer.id);
  EXPECT_TRUE(journal.lines.empty());
  gate.open();
  gate.on_request("app", as_bytes("info"));
  EXPECT_EQ(journal.lines,
            (std::vector<std::string>{"app asks ping", "b: hello", "lost b", "app asks info"}));
}

TEST(HandlerGate, WhatComesWhileItOpensDoesNotOvertake) {
  Journal journal;
  HandlerGate gate(journal, journal.actions());
  gate.on_request("app", as_bytes("first"));
  gate.on_message(peer, Channel::app, as_bytes("second"));
  journal.asked = [&] { gate.on_message(peer, Channel::app, as_bytes("third")); };
  gate.open();
  EXPECT_EQ(journal.lines, (std::vector<std::string>{"app asks first", "b: second", "b: third"}));
}

TEST(HandlerGate, KeepsOnlySoManyBytesAndSaysSo) {
  Journal journal;
  HandlerGate gate(journal, journal.actions());
  const Bytes large(limits::frame_size_bytes_max);
  for (std::size_t i = 0; i < limits::early_messages_bytes_max / large.size(); ++i) {
    gate.on_request("early", large);
  }
  gate.on_request("late", large);
  gate.on_message(peer, Channel::app, large);
  gate.on_lost(peer.id);
  EXPECT_EQ(journal.refused.size(), 2U);
  EXPECT_EQ(journal.refused.back(), "late unavailable: the node is still starting; try again");
  EXPECT_EQ(journal.disconnected, std::vector<Address>{"b:1"});
  gate.open();
  EXPECT_EQ(journal.lines.back(), "lost b") << "a break is never forgotten";
}

TEST(HandlerGate, RefusesRequestsOnceItIsClosedAndNothingElse) {
  Journal journal;
  HandlerGate gate(journal, journal.actions());
  gate.open();
  gate.close();
  gate.on_request("app", as_bytes("ping"));
  gate.on_message(peer, Channel::control, as_bytes("bye"));
  EXPECT_EQ(journal.lines, std::vector<std::string>{"b: bye"});
  ASSERT_EQ(journal.refused.size(), 1U);
  EXPECT_NE(journal.refused[0].find("shutting down"), std::string::npos);
}

}  // namespace
}  // namespace kith::transport
