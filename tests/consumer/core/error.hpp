// SPDX-License-Identifier: Apache-2.0
#pragma once

// A header of the application that has the path of one of kith's.
inline constexpr int app_error = 7;
