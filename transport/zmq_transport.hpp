#pragma once

#include <memory>

#include "core/log.hpp"
#include "transport/transport.hpp"

namespace kith::transport {

/// A transport over ZeroMQ and TCP: one thread owns all sockets, one listening socket takes the
/// frames of peers and the requests of apps, one socket for each peer and channel sends. Small
/// messages that wait for the same peer travel in one frame. Addresses: "host:port" or
/// "[ipv6]:port"; a node must be dialled on the app channel by the address it advertises, or a
/// broken connection cannot be told. `start` works once. `stop` must not be called from the
/// handler. Thread-safety: as `Transport`.
[[nodiscard]] std::unique_ptr<Transport> make_zmq_transport(std::shared_ptr<Log> log);

}  // namespace kith::transport
