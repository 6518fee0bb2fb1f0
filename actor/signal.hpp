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

/// What travels between processes of one system. Applications meet these types only through the
/// templates of the behaviours.
namespace kith::detail {

enum class SignalKind : std::uint8_t {
  message,
  call,
  reply,
  call_failed,
  call_forgotten,  ///< a deferred answer was given by another process
  link,
  unlink,               ///< `reference`: its number; reason: "noconnection" after a loss, else null
  unlink_acknowledged,  ///< `reference`: the number of what the other process has seen
  exit,
  monitor,
  demonitor,
  down,
  info,   ///< somebody asks what there is to know of the process
  trace,  ///< somebody wants to be told of all that it does
  wake,   ///< a timer of the process itself is due
};

/// A node of a mailbox: one allocation carries the link, the header and the content.
struct Signal : Pooled {
  explicit Signal(SignalKind k) : kind(k) {}
  virtual ~Signal() = default;
  Signal(const Signal&) = delete;
  Signal& operator=(const Signal&) = delete;

  Signal* next = nullptr;
  SignalKind kind;
  bool is_control = false;       ///< message: for the server itself, seen to while it is suspended
  bool is_down = false;          ///< message: a `Down`, with the reference of its monitor
  bool is_timed = false;         ///< message: comes from a timer, which nobody can refuse
  std::uint32_t generation = 0;  ///< of the target: a later user of its place must not get it
  Pid from;
  Reference reference;  ///< of most kinds; message: of an alias or a monitor
};

using SignalPointer = std::unique_ptr<Signal>;

/// A signal that carries a reason: exit, call_failed, unlink.
struct ReasonSignal final : Signal {
  ReasonSignal(SignalKind k, Value r) : Signal(k), reason(std::move(r)) {}
  Value reason;
  bool linked = false;  ///< exit: came through a link
};

/// A signal that carries a message of some type: message, call, reply.
struct MessageSignal : Signal {
  using Signal::Signal;
  /// The C++ type of the content; compared with `==`, which compares names, so that it works
  /// across shared libraries.
  [[nodiscard]] virtual const std::type_info& type() const = 0;
  /// The content.
  [[nodiscard]] virtual void* content() = 0;
  /// Empty when the type may not leave the node.
  [[nodiscard]] virtual std::string_view wire_name() const { return {}; }
  virtual void encode(WireWriter&) const {}
  /// True when `encode` writes the content (a reply needs no wire name to travel).
  [[nodiscard]] virtual bool can_encode() const { return false; }
};

using MessagePointer = std::unique_ptr<MessageSignal>;

/// A message as the C++ value it is.
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

/// A message that came as bytes and is decoded by whoever expects its type.
struct EncodedMessage final : MessageSignal {
  EncodedMessage(SignalKind k, std::string n, Bytes b)
      : MessageSignal(k), name(std::move(n)), body(std::move(b)) {}
  [[nodiscard]] const std::type_info& type() const override { return typeid(EncodedMessage); }
  [[nodiscard]] void* content() override { return this; }
  [[nodiscard]] std::string_view wire_name() const override { return name; }

  std::string name;
  Bytes body;
};

/// The success of a handler that has nothing to say.
struct Acknowledgement {
  KITH_FIELDS()
};

/// A reply type as it travels: `void` becomes an acknowledgement.
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
