// SPDX-License-Identifier: Apache-2.0
#pragma once

/// Attributes of functions and classes for which they matter to the cost of every message. They
/// only affect speed: a compiler without them builds the same program.

#if defined(__GNUC__)
/// Before a `thread_local` that every message reads: its offset is fixed when the library is
/// loaded, so that an access is one instruction instead of a call. The loader reserves little space
/// for such variables in libraries that dlopen(3) loads: for pointers and small tables only.
#define KITH_FAST_THREAD_LOCAL __attribute__((tls_model("initial-exec")))
/// Before the name of a class that only libkith uses: its functions are not exported, so that those
/// with a single caller can be inlined.
#define KITH_HIDDEN [[gnu::visibility("hidden")]]
/// Before a function that switches stacks: all its calls are inlined. The processor predicts return
/// addresses from earlier calls, and these were made on another stack.
#define KITH_FLATTEN [[gnu::flatten]]
/// Before a function that must not be inlined.
#define KITH_NOINLINE [[gnu::noinline]]
/// Before a function that is rarely called: not inlined, and optimised for size.
#define KITH_COLD [[gnu::cold, gnu::noinline]]
#else
#define KITH_FAST_THREAD_LOCAL
#define KITH_HIDDEN
#define KITH_FLATTEN
#define KITH_NOINLINE
#define KITH_COLD
#endif
