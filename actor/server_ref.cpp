// SPDX-License-Identifier: Apache-2.0
#include "actor/server_ref.hpp"

namespace kith {

Result<Bytes> call_encoded(const ServerAddress& to, std::string name, Bytes body,
                           Duration timeout) {
  using detail::EncodedMessage;
  return detail::in_process(to.system(), [&]() -> Result<Bytes> {
    const Result<Pid> pid = to.resolve();
    if (!pid) return pid.error();
    auto answer =
        detail::call_and_wait(*pid,
                              std::make_unique<EncodedMessage>(detail::SignalKind::call,
                                                               std::move(name), std::move(body)),
                              timeout);
    if (!answer) return answer.error();
    auto& reply = static_cast<detail::MessageSignal&>(**answer);
    if (reply.type() == typeid(EncodedMessage)) {
      return std::move(static_cast<EncodedMessage&>(reply).body);
    }
    if (!reply.can_encode() || detail::wire_format() == nullptr) {
      return Error(ErrorCode::invalid_argument, "the reply's type cannot travel");
    }
    return detail::wire_format()->encode([&](WireWriter& writer) { reply.encode(writer); });
  });
}

Result<void> send_encoded(const ServerAddress& to, std::string name, Bytes body) {
  System* system = current_system() != nullptr ? current_system() : to.system();
  if (system == nullptr) detail::not_in_a_process();
  const Result<Pid> pid = to.resolve();
  if (!pid) return pid.error();
  return detail::send_message(*system, *pid,
                              std::make_unique<detail::EncodedMessage>(
                                  detail::SignalKind::message, std::move(name), std::move(body)));
}

}  // namespace kith
