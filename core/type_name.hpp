// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <typeinfo>

namespace kith {

/// Returns the name of a C++ type as written in source, for reports. Thread-safety: any thread.
[[nodiscard]] std::string type_name(const std::type_info& type);

}  // namespace kith
