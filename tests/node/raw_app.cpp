// SPDX-License-Identifier: Apache-2.0
#include "tests/node/raw_app.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdexcept>
#include <sys/socket.h>
#include <unistd.h>

#include "transport/codec.hpp"

namespace kith::testing {
namespace {

constexpr char more = 1;
constexpr char long_size = 2;
constexpr char command = 4;

std::string big_endian(std::uint64_t number) {
  std::string bytes;
  for (int shift = 56; shift >= 0; shift -= 8) bytes += static_cast<char>(number >> shift);
  return bytes;
}

std::uint64_t number_in(std::string_view bytes) {
  std::uint64_t number = 0;
  for (const char each : bytes) number = (number << 8U) | static_cast<unsigned char>(each);
  return number;
}

std::string frame(char flags, std::string_view body) {
  return std::string(1, static_cast<char>(flags | long_size)) + big_endian(body.size()) +
         std::string(body);
}

std::string ready(std::string_view socket_type) {
  std::string body("\5READY\13Socket-Type\0\0\0", 21);
  body += static_cast<char>(socket_type.size());
  body += socket_type;
  return frame(command, body);
}

}  // namespace

RawApp::RawApp(const transport::Address& address, std::string_view socket_type)
    : socket_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  const int small = 4096;
  setsockopt(socket_, SOL_SOCKET, SO_RCVBUF, &small, sizeof(small));
  const timeval patience{.tv_sec = 20, .tv_usec = 0};
  setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  to.sin_port = htons(static_cast<std::uint16_t>(std::stoi(address.substr(address.find(':') + 1))));
  if (connect(socket_, reinterpret_cast<const sockaddr*>(&to), sizeof(to)) != 0) {
    throw std::runtime_error("no connection to " + address);
  }
  std::string greeting("\xff\0\0\0\0\0\0\0\1\x7f\3\0NULL", 16);
  greeting.resize(64);
  write(greeting);
  read(greeting.size());
  write(ready(socket_type));
  receive();  // the peer's READY
}

RawApp::~RawApp() {
  close(socket_);
}

void RawApp::write(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t done = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (done <= 0) throw std::runtime_error("the connection broke while writing");
    bytes.remove_prefix(static_cast<std::size_t>(done));
  }
}

std::string RawApp::read(std::size_t size) {
  std::string bytes(size, '\0');
  for (std::size_t at = 0; at < size;) {
    const ssize_t done = recv(socket_, bytes.data() + at, size - at, 0);
    if (done <= 0) throw std::runtime_error("the connection broke, or nothing came");
    at += static_cast<std::size_t>(done);
  }
  return bytes;
}

void RawApp::send(const std::vector<std::string>& parts) {
  std::string whole;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    whole += frame(i + 1 < parts.size() ? more : '\0', parts[i]);
  }
  write(whole);
}

std::vector<std::string> RawApp::receive() {
  std::vector<std::string> parts;
  for (;;) {
    const char flags = read(1).front();
    parts.push_back(read(number_in(read((flags & long_size) != 0 ? 8 : 1))));
    if ((flags & more) == 0) return parts;
  }
}

std::string RawApp::request(std::uint64_t number, const Value& body) {
  return "R" + big_endian(number) + std::string(as_text(transport::encode_value(body)));
}

std::pair<std::uint64_t, Value> RawApp::answer(const std::string& message) {
  if (message.size() < 9 || message.front() != 'A') throw std::runtime_error("no answer");
  return {number_in(message.substr(1, 8)),
          transport::decode_value(as_bytes(message).subspan(9)).value()};
}

}  // namespace kith::testing
