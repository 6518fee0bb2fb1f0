// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/bytes.hpp"
#include "core/value.hpp"
#include "transport/transport.hpp"

namespace kith::testing {

/// An app with its own implementation of ZMTP 3.0, so that it can send malformed messages and stop
/// reading. Throws if the connection breaks or no data arrives within 20 s. Thread-safety: none.
class RawApp {
 public:
  explicit RawApp(const transport::Address& address, std::string_view socket_type = "DEALER");
  ~RawApp();
  RawApp(const RawApp&) = delete;
  RawApp& operator=(const RawApp&) = delete;

  /// Sends one message with these parts.
  void send(const std::vector<std::string>& parts);
  /// Receives the parts of the next message.
  std::vector<std::string> receive();
  /// Encodes a request (docs/protocol.md).
  static std::string request(std::uint64_t number, const Value& body);
  /// Decodes the number and the map of a reply.
  static std::pair<std::uint64_t, Value> answer(const std::string& message);

 private:
  void write(std::string_view bytes);
  std::string read(std::size_t size);

  int socket_ = -1;
};

}  // namespace kith::testing
