#pragma once

/// What a compiler is told about single functions and classes, where it decides the speed of every
/// message. All of it may be left out: the program means the same.

#if defined(__GNUC__)
/// Before a `thread_local` that is read in every message: its address is known when the library is
/// loaded, so that reading it is one instruction instead of a call. The loader has little room for
/// such variables in libraries opened later: pointers and small tables only.
#define KITH_FAST_THREAD_LOCAL __attribute__((tls_model("initial-exec")))
/// Before the name of a class that nothing outside of libkith uses: its functions need no symbols,
/// so that those that are called in one place can be folded into their caller.
#define KITH_HIDDEN [[gnu::visibility("hidden")]]
/// Before a function that switches stacks: all that it calls becomes part of it. The processor
/// predicts where a return leads from the calls before it, which were made on another stack.
#define KITH_FLATTEN [[gnu::flatten]]
/// Before a function that must not become part of its callers.
#define KITH_NOINLINE [[gnu::noinline]]
/// The same for one that is seldom called: it is kept short rather than fast.
#define KITH_COLD [[gnu::cold, gnu::noinline]]
#else
#define KITH_FAST_THREAD_LOCAL
#define KITH_HIDDEN
#define KITH_FLATTEN
#define KITH_NOINLINE
#define KITH_COLD
#endif
