// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

namespace kith {

/// The version of this build.
inline constexpr std::string_view version = "0.1.0";

}  // namespace kith
