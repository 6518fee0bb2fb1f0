# SPDX-License-Identifier: Apache-2.0

# MessagePack for C++, headers only: Msgpack::msgpack. The package's own config asks for all of
# Boost, which the headers do not need with MSGPACK_NO_BOOST.
find_path(Msgpack_INCLUDE_DIR msgpack.hpp)
mark_as_advanced(Msgpack_INCLUDE_DIR)
include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(Msgpack REQUIRED_VARS Msgpack_INCLUDE_DIR)
if(Msgpack_FOUND AND NOT TARGET Msgpack::msgpack)
  add_library(Msgpack::msgpack INTERFACE IMPORTED)
  target_include_directories(Msgpack::msgpack SYSTEM INTERFACE "${Msgpack_INCLUDE_DIR}")
  target_compile_definitions(Msgpack::msgpack INTERFACE MSGPACK_NO_BOOST)
endif()
