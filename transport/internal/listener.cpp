// SPDX-License-Identifier: Apache-2.0
#include "transport/internal/listener.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <linux/filter.h>
#include <netdb.h>
#include <string>
#include <sys/socket.h>
#include <unistd.h>

namespace kith::transport::internal {

namespace {

/// Connections that may wait to be accepted: ZeroMQ's default, fewer if the limit of descriptors is
/// low, since each of them needs a reserved descriptor.
constexpr std::size_t backlog_max = 100;
constexpr std::size_t backlog_min = 4;
constexpr std::size_t descriptors_per_spare = 32;
/// Descriptors reserved in addition to the backlog: the kernel queues one connection more than the
/// backlog.
constexpr std::size_t spares_beyond_backlog = 2;

Error failed() {
  if (errno == EMFILE || errno == ENFILE) return no_descriptor_left();
  return {ErrorCode::input_output,
          errno == EADDRINUSE ? "already in use" : std::string(std::strerror(errno))};
}

/// Drops all packets to the listening socket, so that new connections wait for a retransmission of
/// their SYN; established connections are not affected.
void drop_packets(int descriptor, bool drop) {
  sock_filter nothing[] = {BPF_STMT(BPF_RET | BPF_K, 0)};
  const sock_fprog program{.len = 1, .filter = nothing};
  const int unused = 0;
  if (drop)
    setsockopt(descriptor, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program));
  else
    setsockopt(descriptor, SOL_SOCKET, SO_DETACH_FILTER, &unused, sizeof(unused));
}

}  // namespace

Result<std::unique_ptr<Listener>> Listener::open(const HostPort& numeric) {
  addrinfo wanted{};
  wanted.ai_family = numeric.ipv6 ? AF_INET6 : AF_INET;
  wanted.ai_socktype = SOCK_STREAM;
  wanted.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV | AI_PASSIVE;
  addrinfo* found = nullptr;
  const std::string port = std::to_string(numeric.port);
  const int problem = getaddrinfo(numeric.host.c_str(), port.c_str(), &wanted, &found);
  if (problem != 0) return Error(ErrorCode::input_output, gai_strerror(problem));
  const std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> address(found, freeaddrinfo);
  const int descriptor =
      socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, IPPROTO_TCP);
  if (descriptor < 0) return failed();
  const std::size_t backlog =
      std::clamp(descriptors_max() / descriptors_per_spare, backlog_min, backlog_max);
  const int yes = 1;  // a restarted node can bind its port at once
  if (setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes)) != 0 ||
      bind(descriptor, found->ai_addr, found->ai_addrlen) != 0 ||
      listen(descriptor, static_cast<int>(backlog)) != 0) {
    const Error why = failed();
    close(descriptor);
    return why;
  }
  return std::unique_ptr<Listener>(new Listener(descriptor, backlog));
}

Listener::Listener(int descriptor, std::size_t backlog)
    : descriptor_(descriptor), backlog_(backlog) {
  static_cast<void>(spares_.take(backlog_ + spares_beyond_backlog));
}

Listener::~Listener() {
  if (owned_) close(descriptor_);
}

void Listener::pause() {
  if (!paused_) drop_packets(descriptor_, true);
  paused_ = true;
  spares_.release();
}

bool Listener::resume() {
  if (!spares_.take(backlog_ + spares_beyond_backlog)) return false;
  drop_packets(descriptor_, false);
  paused_ = false;
  return true;
}

}  // namespace kith::transport::internal
