// SPDX-License-Identifier: Apache-2.0
#include "transport/reachability.hpp"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <fcntl.h>
#include <memory>
#include <netdb.h>
#include <poll.h>
#include <sys/socket.h>
#include <system_error>
#include <unistd.h>

#include "transport/internal/endpoint.hpp"

namespace kith::transport {

namespace {

using Kind = Reachability::Kind;
using AddressList = std::unique_ptr<addrinfo, decltype(&freeaddrinfo)>;

/// Closes a socket at the end of its scope.
class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  ~Descriptor() {
    if (number_ >= 0) close(number_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  [[nodiscard]] int number() const { return number_; }

 private:
  int number_;
};

Reachability of_errno(int code) {
  const std::string why = std::generic_category().message(code);
  switch (code) {
    case 0:
      return {};
    case ECONNREFUSED:
      return {Kind::refused, "refused the connection (nothing listens there)"};
    case ETIMEDOUT:
      return {Kind::no_answer, "does not answer (the machine is down, or a firewall drops it)"};
    default:
      return {Kind::unreachable, "cannot be reached (" + why + ")"};
  }
}

/// Waits until the connection is established or has failed.
Reachability wait_for(int descriptor, Duration timeout) {
  const auto timeout_ms = std::chrono::ceil<std::chrono::milliseconds>(timeout).count();
  pollfd waiting{.fd = descriptor, .events = POLLOUT, .revents = 0};
  const int ready = poll(&waiting, 1, static_cast<int>(std::clamp<long>(timeout_ms, 0, 60'000)));
  if (ready == 0) return of_errno(ETIMEDOUT);
  int code = ready < 0 ? errno : 0;
  socklen_t size = sizeof code;
  if (ready > 0) getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &code, &size);
  return of_errno(code);
}

}  // namespace

std::string_view to_string(Reachability::Kind kind) {
  switch (kind) {
    case Kind::accepts:
      return "accepts";
    case Kind::bad_address:
      return "bad_address";
    case Kind::unknown_host:
      return "unknown_host";
    case Kind::refused:
      return "refused";
    case Kind::unreachable:
      return "unreachable";
    case Kind::no_answer:
      break;
  }
  return "no_answer";
}

Reachability try_address(const Address& address, Duration timeout) {
  const auto parts = internal::parse_address(address);
  if (!parts) return {Kind::bad_address, "is not an address; write HOST:PORT"};
  addrinfo wanted{};
  wanted.ai_family = parts->ipv6 ? AF_INET6 : AF_INET;  // as the sockets of nodes
  wanted.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  const std::string port = std::to_string(parts->port);
  const int problem = getaddrinfo(parts->host.c_str(), port.c_str(), &wanted, &found);
  if (problem != 0) {
    return {Kind::unknown_host,
            "names a host that is not known (" + std::string(gai_strerror(problem)) + ")"};
  }
  const AddressList addresses(found, &freeaddrinfo);
  const Descriptor socket_to(
      socket(found->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (socket_to.number() < 0) return of_errno(errno);
  if (connect(socket_to.number(), found->ai_addr, found->ai_addrlen) == 0) return {};
  return errno == EINPROGRESS ? wait_for(socket_to.number(), timeout) : of_errno(errno);
}

}  // namespace kith::transport
