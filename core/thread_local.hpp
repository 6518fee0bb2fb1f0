#pragma once

/// Before a `thread_local` that is read in every message: its address is known when the library is
/// loaded, so that reading it is one instruction instead of a call. The loader has little room for
/// such variables in libraries opened later: pointers and small tables only.
#if defined(__GNUC__)
#define KITH_FAST_THREAD_LOCAL __attribute__((tls_model("initial-exec")))
#else
#define KITH_FAST_THREAD_LOCAL
#endif
