// SPDX-License-Identifier: Apache-2.0
#include "transport/zmq_transport.hpp"

#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "core/limits.hpp"
#include "core/log.hpp"
#include "transport/request_client.hpp"

namespace kith::transport {
namespace {

using namespace std::chrono_literals;

constexpr auto patience = 10s;

/// Records the events of a transport and lets the test wait for them.
class Recorder : public TransportHandler {
 public:
  struct Message {
    Peer from;
    Channel channel;
    std::string text;
  };

  void on_message(const Peer& from, Channel channel, BytesView message) override {
    const std::scoped_lock lock(mutex_);
    messages_.push_back({from, channel, std::string(as_text(message))});
    changed_.notify_all();
  }
  void on_lost(const NodeId& peer) override {
    const std::scoped_lock lock(mutex_);
    lost_.push_back(peer);
    changed_.notify_all();
  }
  void on_request(const ClientId& client, BytesView request) override {
    const std::scoped_lock lock(mutex_);
    if (answer_) answer_(client, request);
  }

  void answer_with(std::function<void(const ClientId&, BytesView)> answer) {
    const std::scoped_lock lock(mutex_);
    answer_ = std::move(answer);
  }
  bool wait_for_messages(std::size_t count) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, patience, [&] { return messages_.size() >= count; });
  }
  bool wait_for_lost(std::size_t count) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, patience, [&] { return lost_.size() >= count; });
  }
  std::vector<Message> messages() {
    const std::scoped_lock lock(mutex_);
    return messages_;
  }
  std::vector<NodeId> lost() {
    const std::scoped_lock lock(mutex_);
    return lost_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<Message> messages_;
  std::vector<NodeId> lost_;
  std::function<void(const ClientId&, BytesView)> answer_;
};

/// A named transport with its recorder.
struct Station {
  explicit Station(std::string name, BootId boot = 1, Address listen = "127.0.0.1:0",
                   std::string cluster = "kith")
      : id{std::move(name), boot}, transport(make_zmq_transport(make_null_log())) {
    const Result<Address> bound = transport->start(
        {.self = id, .cluster = std::move(cluster), .listen = std::move(listen), .advertise = {}},
        recorder);
    EXPECT_TRUE(bound) << bound.error().text();
    address = bound.value_or("");
  }
  ~Station() { transport->stop(); }
  Station(const Station&) = delete;
  Station& operator=(const Station&) = delete;

  void send(const Station& to, Channel channel, std::string_view text) {
    const Result<void> sent = transport->send(to.address, channel, to_owned(as_bytes(text)));
    EXPECT_TRUE(sent) << sent.error().text();
  }

  NodeId id;
  Recorder recorder;
  std::unique_ptr<Transport> transport;
  Address address;
};

bool eventually(const std::function<bool()>& condition) {
  const auto deadline = std::chrono::steady_clock::now() + patience;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::yield();
  }
  return true;
}

TEST(ZmqTransport, CarriesMessagesOnAllChannelsBothWays) {
  Station a("a");
  Station b("b");
  for (const Channel channel : {Channel::control, Channel::state, Channel::app, Channel::bulk}) {
    a.send(b, channel, "to b");
    b.send(a, channel, "to a");
  }
  ASSERT_TRUE(a.recorder.wait_for_messages(4));
  ASSERT_TRUE(b.recorder.wait_for_messages(4));
  for (const auto& message : b.recorder.messages()) {
    EXPECT_EQ(message.from.id, a.id);
    EXPECT_EQ(message.from.address, a.address);
    EXPECT_EQ(message.text, "to b");
  }
}

TEST(ZmqTransport, KeepsTheOrderOfTenThousandMessagesAndBatchesThem) {
  Station a("a");
  Station b("b");
  constexpr int count = 10'000;
  for (int i = 0; i < count; ++i) a.send(b, Channel::app, std::to_string(i));
  ASSERT_TRUE(b.recorder.wait_for_messages(count));
  const auto messages = b.recorder.messages();
  for (int i = 0; i < count; ++i) {
    ASSERT_EQ(messages[static_cast<std::size_t>(i)].text, std::to_string(i));
  }
  EXPECT_TRUE(eventually([&] { return a.transport->counters().messages_sent == count; }));
  EXPECT_LT(a.transport->counters().frames_sent, std::uint64_t{count});
  EXPECT_TRUE(b.recorder.lost().empty());
}

TEST(ZmqTransport, CarriesAMessageOfTheGreatestSizeAndRefusesAGreaterOne) {
  Station a("a");
  Station b("b");
  a.send(b, Channel::bulk, std::string(limits::frame_size_bytes_max, 'x'));
  ASSERT_TRUE(b.recorder.wait_for_messages(1));
  EXPECT_EQ(b.recorder.messages()[0].text.size(), limits::frame_size_bytes_max);
  const auto refused =
      a.transport->send(b.address, Channel::bulk, Bytes(limits::frame_size_bytes_max + 1));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code(), ErrorCode::invalid_argument);
}

TEST(ZmqTransport, TellsTheRestartOfAPeerExactlyOnce) {
  Station a("a");
  auto b = std::make_unique<Station>("b", 1);
  const Address address = b->address;
  a.send(*b, Channel::app, "one");
  b->send(a, Channel::app, "one");
  ASSERT_TRUE(a.recorder.wait_for_messages(1));
  ASSERT_TRUE(b->recorder.wait_for_messages(1));
  b.reset();
  ASSERT_TRUE(a.recorder.wait_for_lost(1));

  Station again("b", 2, address);
  again.send(a, Channel::control, "two");
  again.send(a, Channel::app, "three");
  a.send(again, Channel::app, "four");
  ASSERT_TRUE(a.recorder.wait_for_messages(3));
  ASSERT_TRUE(again.recorder.wait_for_messages(1));
  EXPECT_EQ(a.recorder.lost(), (std::vector<NodeId>{{"b", 1}}));
  EXPECT_TRUE(again.recorder.lost().empty());
}

TEST(ZmqTransport, TellsBothSidesOnceWhenOneCloses) {
  Station a("a");
  Station b("b");
  a.send(b, Channel::app, "one");
  b.send(a, Channel::app, "one");
  ASSERT_TRUE(a.recorder.wait_for_messages(1));
  ASSERT_TRUE(b.recorder.wait_for_messages(1));
  a.transport->disconnect(b.address);
  a.send(b, Channel::app, "two");
  ASSERT_TRUE(b.recorder.wait_for_messages(2));
  ASSERT_TRUE(b.recorder.wait_for_lost(1));
  b.send(a, Channel::app, "two");
  ASSERT_TRUE(a.recorder.wait_for_messages(2));
  EXPECT_EQ(b.recorder.lost(), (std::vector<NodeId>{a.id}));
  EXPECT_TRUE(a.recorder.lost().empty());
}

TEST(ZmqTransport, RefusesMoreWhenThePeerIsAbsentAndItsQueueIsFull) {
  Station a("a");
  const Bytes message(limits::frame_size_bytes_max);
  Result<void> sent;
  for (int i = 0; i < 100 && sent; ++i) {
    sent = a.transport->send("127.0.0.1:1", Channel::app, message);
  }
  ASSERT_FALSE(sent);
  EXPECT_EQ(sent.error().code(), ErrorCode::overloaded);
}

TEST(ZmqTransport, LetsTheOldestControlMessageGiveWayAndCountsIt) {
  Station a("a");
  for (int i = 0; i < 5'000; ++i) {
    EXPECT_TRUE(a.transport->send("127.0.0.1:1", Channel::control, Bytes(8)));
  }
  EXPECT_GT(a.transport->counters().messages_dropped, 0U);
}

TEST(ZmqTransport, ReachesAPeerThatStartsLater) {
  Station a("a");
  auto absent = std::make_unique<Station>("b", 1);
  const Address address = absent->address;
  absent.reset();
  EXPECT_TRUE(a.transport->send(address, Channel::app, to_owned(as_bytes("early"))));
  Station b("b", 2, address);
  ASSERT_TRUE(b.recorder.wait_for_messages(1));
  EXPECT_EQ(b.recorder.messages()[0].text, "early");
}

TEST(ZmqTransport, DropsAndCountsFramesOfAnotherCluster) {
  Station a("a", 1, "127.0.0.1:0", "blue");
  Station b("b", 1, "127.0.0.1:0", "green");
  a.send(b, Channel::app, "hello");
  EXPECT_TRUE(eventually([&] { return b.transport->counters().frames_refused == 1; }));
  EXPECT_TRUE(b.recorder.messages().empty());
}

TEST(ZmqTransport, NamesThePortThatIsInUse) {
  Station a("a");
  Recorder recorder;
  const auto second = make_zmq_transport(make_null_log());
  const auto bound = second->start(
      {.self = {"b", 1}, .cluster = "kith", .listen = a.address, .advertise = {}}, recorder);
  ASSERT_FALSE(bound);
  EXPECT_EQ(bound.error().code(), ErrorCode::input_output);
  EXPECT_NE(bound.error().text().find(a.address), std::string::npos);
  EXPECT_NE(bound.error().text().find("already in use"), std::string::npos);
}

TEST(ZmqTransport, RefusesWhatIsNoAddress) {
  Station a("a");
  for (const char* address : {"", "host", "host:", "host:70000", ":7400", "ho st:1", "a:1:x"}) {
    const auto sent = a.transport->send(address, Channel::app, Bytes(1));
    ASSERT_FALSE(sent) << address;
    EXPECT_EQ(sent.error().code(), ErrorCode::invalid_argument);
  }
}

TEST(ZmqTransport, ListensOnAHostNameAndOnIpv6) {
  Station named("a", 1, "localhost:0");
  EXPECT_TRUE(named.address.starts_with("localhost:"));
  Station six("b", 1, "[::1]:0");
  EXPECT_TRUE(six.address.starts_with("[::1]:"));
  named.send(six, Channel::app, "six");
  six.send(named, Channel::app, "four");
  EXPECT_TRUE(six.recorder.wait_for_messages(1));
  EXPECT_TRUE(named.recorder.wait_for_messages(1));
}

TEST(ZmqTransport, SaysThatItIsStopped) {
  Station a("a");
  a.transport->stop();
  const auto sent = a.transport->send("127.0.0.1:1", Channel::app, Bytes(1));
  ASSERT_FALSE(sent);
  EXPECT_EQ(sent.error().code(), ErrorCode::unavailable);
}

TEST(ZmqTransport, SendsWhatWaitsBeforeItStops) {
  Station b("b");
  {
    Station a("a");
    for (int i = 0; i < 1'000; ++i) a.send(b, Channel::app, "last words");
  }
  EXPECT_TRUE(b.recorder.wait_for_messages(1'000));
}

/// A station that answers each request with the same string.
struct Echo : Station {
  Echo() : Station("echo") {
    recorder.answer_with([this](const ClientId& client, BytesView request) {
      if (as_text(request) != "silence") transport->reply(client, to_owned(request));
    });
  }
};

std::string text_of(const Result<Bytes>& bytes) {
  return bytes ? std::string(as_text(*bytes)) : bytes.error().to_string();
}

TEST(RequestClient, GetsAnAnswer) {
  const Echo node;
  auto client = RequestClient::connect(node.address);
  ASSERT_TRUE(client) << client.error().text();
  EXPECT_EQ(text_of(client->request(as_bytes("hello"), patience)), "hello");
  EXPECT_EQ(text_of(client->request(as_bytes(""), patience)), "");
}

TEST(RequestClient, HasManyRequestsUnderWay) {
  const Echo node;
  auto client = RequestClient::connect(node.address);
  ASSERT_TRUE(client);
  constexpr int count = 3'000;
  for (int i = 0; i < count; ++i) ASSERT_TRUE(client->begin(as_bytes(std::to_string(i))));
  for (int i = 0; i < count; ++i) {
    const auto answer = client->next(patience);
    ASSERT_TRUE(answer) << answer.error().text();
    EXPECT_EQ(text_of(answer->second), std::to_string(answer->first - 1));
  }
  const auto none = client->next(patience);
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().code(), ErrorCode::not_found);
}

TEST(RequestClient, TimesOutAndForgetsTheRequest) {
  const Echo node;
  auto client = RequestClient::connect(node.address);
  ASSERT_TRUE(client);
  const auto answer = client->request(as_bytes("silence"), 50ms);
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code(), ErrorCode::timeout);
  EXPECT_EQ(text_of(client->request(as_bytes("next"), patience)), "next");
}

TEST(RequestClient, SaysAtOnceThatNobodyListens) {
  const auto begin = std::chrono::steady_clock::now();
  const auto client = RequestClient::connect("127.0.0.1:1", 30s);
  ASSERT_FALSE(client);
  EXPECT_EQ(client.error().code(), ErrorCode::no_connection);
  EXPECT_NE(client.error().text().find("127.0.0.1:1"), std::string::npos);
  EXPECT_LT(std::chrono::steady_clock::now() - begin, 5s);
}

TEST(RequestClient, SaysThatAHostIsNotKnown) {
  const auto client = RequestClient::connect("no-such-host.invalid:7400", 30s);
  ASSERT_FALSE(client);
  EXPECT_EQ(client.error().code(), ErrorCode::no_connection);
}

TEST(RequestClient, HearsThatTheNodeStoppedAndFailsAfterwards) {
  auto node = std::make_unique<Echo>();
  auto client = RequestClient::connect(node->address);
  ASSERT_TRUE(client);
  ASSERT_TRUE(client->begin(as_bytes("silence")));
  ASSERT_EQ(text_of(client->request(as_bytes("taken after it"), patience)), "taken after it");
  // Concurrently, because the node waits only for a limited time until its last answers are read.
  std::thread stopping([&] { node.reset(); });
  const auto answer = client->next(patience);
  stopping.join();
  ASSERT_TRUE(answer) << answer.error().text();
  EXPECT_NE(text_of(answer->second).find("unavailable"), std::string::npos)
      << text_of(answer->second);
  EXPECT_TRUE(eventually([&] {
    const auto begun = client->begin(as_bytes("more"));
    return !begun && begun.error().code() == ErrorCode::no_connection;
  }));
}

}  // namespace
}  // namespace kith::transport
