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

/// An app that speaks ZMTP 3.0 by hand, so that it can send what no library would, and read
/// nothing. Throws when the connection breaks or nothing comes within 20 s. Thread-safety: none.
class RawApp {
 public:
  explicit RawApp(const transport::Address& address, std::string_view socket_type = "DEALER");
  ~RawApp();
  RawApp(const RawApp&) = delete;
  RawApp& operator=(const RawApp&) = delete;

  /// Sends one message of these parts.
  void send(const std::vector<std::string>& parts);
  /// The parts of the next message.
  std::vector<std::string> receive();
  /// A request as docs/protocol.md has it.
  static std::string request(std::uint64_t number, const Value& body);
  /// The number and the map of an answer.
  static std::pair<std::uint64_t, Value> answer(const std::string& message);

 private:
  void write(std::string_view bytes);
  std::string read(std::size_t size);

  int socket_ = -1;
};

}  // namespace kith::testing
