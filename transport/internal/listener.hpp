#pragma once

#include <cstddef>
#include <memory>

#include "core/result.hpp"
#include "transport/internal/descriptors.hpp"
#include "transport/internal/endpoint.hpp"

namespace kith::transport::internal {

/// A listening TCP socket that can be made deaf for a while; ZeroMQ accepts on it. Without
/// descriptors it cannot accept, but is told again and again that it could, which keeps a core
/// busy; so enough of them are kept to accept all that waits, and what comes later is held back by
/// the kernel, so that who connects is let in as soon as there is room. Thread-safety: none.
class Listener {
 public:
  /// Binds and listens. Errors: `input_output`.
  static Result<std::unique_ptr<Listener>> open(const HostPort& numeric);
  ~Listener();
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;

  /// What ZeroMQ is to listen on (ZMQ_USE_FD).
  [[nodiscard]] int descriptor() const { return descriptor_; }
  /// From now on ZeroMQ closes it.
  void hand_over() { owned_ = false; }
  /// Takes no new connections, and gives up the spare descriptors to those that wait.
  void pause();
  /// Takes connections again if there are descriptors. Gives whether it does.
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
