// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <typeinfo>
#include <utility>

#include "core/block_pool.hpp"
#include "core/bytes.hpp"
#include "core/pid.hpp"
#include "core/value.hpp"
#include "core/wire.hpp"
#include "core/wire_types.hpp"

/// Signals between processes of one system. Applications use them through the templates of the
/// behaviours only.
namespace kith::detail {

enum class SignalKind : std::uint8_t {
  message,
  call,
  reply,
  call_failed,
  call_forgotten,  ///< another process has answered the call
  link,
  unlink,               ///< `reference`: its number; reason: "noconnection" after a loss, else null
  unlink_acknowledged,  ///< `reference`: the number of the acknowledged `unlink`
  exit,
  monitor,
  demonitor,
  down,
  info,   ///< a request of `process_info`
  trace,  ///< a request of `trace` or `stop_trace`
  wake,   ///< the timer of the process's present wait is due
};

/// A node of a mailbox: one allocation carries the link, the header and the content.
struct Signal : Pooled {
  explicit Signal(SignalKind k) : kind(k) {}
  virtual ~Signal() = default;
  Signal(const Signal&) = delete;
  Signal& operator=(const Signal&) = delete;

  Signal* next = nullptr;
  SignalKind kind;
  bool is_control = false;       ///< message: to the server itself, handled while it is suspended
  bool is_down = false;          ///< message: a `Down`, with the reference of its monitor
  bool is_timed = false;         ///< message: from a timer; accepted by a full mailbox
  std::uint32_t generation = 0;  ///< of the target, so that a later process at its index drops it
  Pid from;
  Reference reference;  ///< of most kinds; message: of an alias or a monitor
};

using SignalPointer = std::unique_ptr<Signal>;

/// A signal with a reason: exit, call_failed, unlink.
struct ReasonSignal final : Signal {
  ReasonSignal(SignalKind k, Value r) : Signal(k), reason(std::move(r)) {}
  Value reason;
  bool linked = false;  ///< exit: sent through a link
};

/// A signal with a message of some type: message, call, reply.
struct MessageSignal : Signal {
  using Signal::Signal;
  /// Returns the C++ type of the content. Compare it with `==`, which compares names, so that it
  /// works across shared libraries.
  [[nodiscard]] virtual const std::type_info& type() const = 0;
  /// Returns the content, an object of that type.
  [[nodiscard]] virtual void* content() = 0;
  /// Returns the wire name, empty if the type cannot leave the node.
  [[nodiscard]] virtual std::string_view wire_name() const { return {}; }
  virtual void encode(WireWriter&) const {}
  /// True if `encode` writes the content (a reply can be sent to another node without a wire name).
  [[nodiscard]] virtual bool can_encode() const { return false; }
};

using MessagePointer = std::unique_ptr<MessageSignal>;

/// A message that holds a C++ value.
template <typename T>
struct TypedMessage final : MessageSignal {
  template <typename... A>
  explicit TypedMessage(SignalKind k, A&&... arguments)
      : MessageSignal(k), value{std::forward<A>(arguments)...} {}
  [[nodiscard]] const std::type_info& type() const override { return typeid(T); }
  [[nodiscard]] void* content() override { return &value; }
  [[nodiscard]] std::string_view wire_name() const override {
    if constexpr (WireMessageType<T>)
      return T::kith_wire_name();
    else
      return {};
  }
  void encode([[maybe_unused]] WireWriter& writer) const override {
    if constexpr (CanTravel<T>) wire_write(writer, value);
  }
  [[nodiscard]] bool can_encode() const override { return CanTravel<T>; }

  T value;
};

/// A message that arrived as bytes; the receiver decodes it as the type it expects.
struct EncodedMessage final : MessageSignal {
  EncodedMessage(SignalKind k, std::string n, Bytes b)
      : MessageSignal(k), name(std::move(n)), body(std::move(b)) {}
  [[nodiscard]] const std::type_info& type() const override { return typeid(EncodedMessage); }
  [[nodiscard]] void* content() override { return this; }
  [[nodiscard]] std::string_view wire_name() const override { return name; }

  std::string name;
  Bytes body;
};

/// The reply of a request whose `Reply` is void.
struct Acknowledgement {
  KITH_FIELDS()
};

/// The type that is sent for a reply: for `void` an `Acknowledgement`.
template <typename R>
struct ReplyContent {
  using type = R;
};
template <>
struct ReplyContent<void> {
  using type = Acknowledgement;
};
template <typename R>
using ReplyContentT = typename ReplyContent<R>::type;

}  // namespace kith::detail
