// SPDX-License-Identifier: Apache-2.0
#pragma once

/// Defines which sanitizers instrument this build, each as 0 or 1. g++ announces them with macros,
/// clang 19 with `__has_feature`.

#if defined(__has_feature)
#define KITH_HAS_FEATURE(name) __has_feature(name)
#else
#define KITH_HAS_FEATURE(name) 0
#endif

#if defined(__SANITIZE_ADDRESS__) || KITH_HAS_FEATURE(address_sanitizer)
#define KITH_ADDRESS_SANITIZER 1
#else
#define KITH_ADDRESS_SANITIZER 0
#endif

#if defined(__SANITIZE_THREAD__) || KITH_HAS_FEATURE(thread_sanitizer)
#define KITH_THREAD_SANITIZER 1
#else
#define KITH_THREAD_SANITIZER 0
#endif

#undef KITH_HAS_FEATURE

#define KITH_SANITIZED (KITH_ADDRESS_SANITIZER || KITH_THREAD_SANITIZER)
