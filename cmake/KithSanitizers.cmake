# SPDX-License-Identifier: Apache-2.0

# KITH_SANITIZE=address,undefined or thread: compiles and links everything with it.
if(KITH_SANITIZE)
  add_compile_options(-fsanitize=${KITH_SANITIZE} -fno-omit-frame-pointer)
  add_link_options(-fsanitize=${KITH_SANITIZE})
  add_compile_definitions(_GLIBCXX_ASSERTIONS)
  if(KITH_SANITIZE MATCHES "undefined")
    add_compile_options(-fno-sanitize-recover=undefined)
  endif()
endif()

if(KITH_FUZZ AND CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
  add_compile_options(-fsanitize=fuzzer-no-link)
endif()
