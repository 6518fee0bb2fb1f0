# SPDX-License-Identifier: Apache-2.0

# kith_warnings: the flags of our own targets.
add_library(kith_warnings INTERFACE)
target_compile_options(kith_warnings INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wold-style-cast -Wnon-virtual-dtor
  -Woverloaded-virtual -Wno-missing-field-initializers
  $<$<BOOL:${KITH_WARNINGS_AS_ERRORS}>:-Werror>
  $<$<CXX_COMPILER_ID:Clang>:-Wthread-safety>
  # g++ 12 reports every moved std::variant at -O2; the sanitizer builds look for the real thing.
  $<$<CXX_COMPILER_ID:GNU>:-Wno-maybe-uninitialized>)

# kith_sorts: for targets that use std::stable_sort, whose libstdc++ 12 calls a function that it has
# deprecated itself; clang tells the caller.
add_library(kith_sorts INTERFACE)
target_compile_options(kith_sorts INTERFACE $<$<CXX_COMPILER_ID:Clang>:-Wno-deprecated-declarations>)
