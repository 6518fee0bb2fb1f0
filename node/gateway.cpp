#include "node/gateway.hpp"

#include <chrono>
#include <utility>

#include "transport/codec.hpp"

namespace kith::node {
namespace {

/// A session without requests for so long ends; the next request begins another one.
constexpr std::chrono::seconds session_patience{30};
/// What stands behind the connection in a client id: the request's number.
constexpr std::size_t request_number_size_bytes = 8;

/// Work of one session, in order.
struct SessionRequest {
  transport::ClientId client;
  Value request;
};

/// Nothing will come any more.
struct EndSession {};

Value as_reply(const Result<Value>& result) {
  if (result) return Value::map({{"ok", *result}});
  return Value::map({{"error", Value::map({{"code", std::string(to_string(result.error().code()))},
                                           {"text", result.error().text()}})}});
}

void answer(Node& node, transport::Transport& transport, const transport::ClientId& client,
            const Value& request) {
  transport.reply(client, transport::encode_value(as_reply(answer_request(node, request))));
}

}  // namespace

void Gateway::handle_cast(const GatewayRequest& message) {
  Result<Value> request = transport::decode_value(message.request);
  if (!request) {
    const Value reply = as_reply(request.error());
    return transport_.reply(message.client, transport::encode_value(reply));
  }
  const Value* operation = request->find("op");
  if (operation != nullptr && operation->text_or("").starts_with("replay_")) {
    const Pid session = session_of(message.client);
    static_cast<void>(send(session, SessionRequest{message.client, std::move(*request)}));
  } else {
    spawn([this, client = message.client, body = std::move(*request)] {
      answer(node_, transport_, client, body);
    });
  }
}

Pid Gateway::session_of(const transport::ClientId& client) {
  const std::string connection =
      client.substr(0, client.size() - std::min(client.size(), request_number_size_bytes));
  if (const auto it = sessions_.find(connection); it != sessions_.end()) return it->second;
  const ServerRef<Protocol<GatewayRequest, SessionIdle>> gateway(current_system(), self());
  const auto run = [&node = node_, &transport = transport_, gateway, connection] {
    for (;;) {
      const auto next = receive<SessionRequest, EndSession>(session_patience);
      if (!next)
        static_cast<void>(cast(gateway, SessionIdle{connection}));
      else if (std::holds_alternative<EndSession>(*next))
        return;
      else
        answer(node, transport, std::get<0>(*next).client, std::get<0>(*next).request);
    }
  };
  const Pid session = spawn_link(run, {.label = "session"});
  sessions_[connection] = session;
  return session;
}

/// Only the gateway ends a session, so that no request can be sent to one that has just ended.
void Gateway::handle_cast(const SessionIdle& idle) {
  const auto it = sessions_.find(idle.connection);
  if (it == sessions_.end()) return;
  static_cast<void>(send(it->second, EndSession{}));
  sessions_.erase(it);
}

}  // namespace kith::node
