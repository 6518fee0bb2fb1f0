#pragma once

#include <string>
#include <typeinfo>

namespace kith {

/// A C++ type as its source names it: for people, in reports. Thread-safety: any thread.
[[nodiscard]] std::string type_name(const std::type_info& type);

}  // namespace kith
