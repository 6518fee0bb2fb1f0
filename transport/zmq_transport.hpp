// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "core/log.hpp"
#include "transport/transport.hpp"

namespace kith::transport {

/// Makes a transport over ZeroMQ and TCP: one thread owns all sockets, one listening socket
/// receives the frames of peers and the requests of apps, one socket per peer and channel sends.
/// Messages queued for the same peer are sent in one frame, up to its size. Addresses: "host:port"
/// or
/// "[ipv6]:port". On the app channel a node must be dialled by the address that it advertises,
/// otherwise a broken connection is not detected. `start` works once; `stop` must not be called by
/// the handler. Thread-safety: as `Transport`.
[[nodiscard]] std::unique_ptr<Transport> make_zmq_transport(std::shared_ptr<Log> log);

}  // namespace kith::transport
