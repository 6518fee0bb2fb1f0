// SPDX-License-Identifier: Apache-2.0
#include "core/type_name.hpp"

#include <cstdlib>
#include <cxxabi.h>
#include <memory>

namespace kith {

std::string type_name(const std::type_info& type) {
  struct Free {
    void operator()(char* text) const { std::free(text); }  // NOLINT: how the function gives it
  };
  const std::unique_ptr<char, Free> readable(
      abi::__cxa_demangle(type.name(), nullptr, nullptr, nullptr));
  return readable ? readable.get() : type.name();
}

}  // namespace kith
