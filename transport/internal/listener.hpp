// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <memory>

#include "core/result.hpp"
#include "transport/internal/descriptors.hpp"
#include "transport/internal/endpoint.hpp"

namespace kith::transport::internal {

/// A listening TCP socket that can be paused; ZeroMQ accepts on it. Without free descriptors
/// accept(2) fails while the socket stays readable, which would keep a core busy. So as many
/// descriptors are reserved as connections may wait: `pause` releases them, ZeroMQ accepts these
/// connections, and the kernel holds back later ones until `resume`. Thread-safety: none.
class Listener {
 public:
  /// Binds and listens. Errors: `input_output`.
  static Result<std::unique_ptr<Listener>> open(const HostPort& numeric);
  ~Listener();
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;

  /// Returns the descriptor for ZeroMQ to listen on (ZMQ_USE_FD).
  [[nodiscard]] int descriptor() const { return descriptor_; }
  /// Transfers the descriptor to ZeroMQ, which closes it.
  void hand_over() { owned_ = false; }
  /// Stops new connections, and releases the reserved descriptors for those that wait.
  void pause();
  /// Accepts connections again if there are descriptors; false if there are none.
  bool resume();
  [[nodiscard]] bool paused() const { return paused_; }

 private:
  Listener(int descriptor, std::size_t backlog);

  int descriptor_;
  std::size_t backlog_;
  SpareDescriptors spares_;
  bool owned_ = true;
  bool paused_ = false;
};

}  // namespace kith::transport::internal
