// SPDX-License-Identifier: Apache-2.0
#include "actor/exit.hpp"

namespace kith {

bool is_orderly(const ExitReason& reason) {
  if (const auto* text = reason.get_if<std::string>()) {
    return *text == "normal" || *text == "shutdown";
  }
  const auto* array = reason.get_if<ValueArray>();
  return array && array->size() == 2 && array->front() == Value("shutdown");
}

ExitReason raised(std::string text) {
  return Value::array({"raise", std::move(text)});
}

}  // namespace kith
