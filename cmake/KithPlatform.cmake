# SPDX-License-Identifier: Apache-2.0

# Language, output folders and the fast tools of this machine.
# As a subproject only what kith itself needs is set: the host project keeps its own choices.

set(CMAKE_CXX_STANDARD 23)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
include(GNUInstallDirs)

if(PROJECT_IS_TOP_LEVEL)
  set(CMAKE_RUNTIME_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/bin")
  set(CMAKE_LIBRARY_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/lib")
  set(CMAKE_ARCHIVE_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/lib")
  set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
  if(NOT CMAKE_BUILD_TYPE AND NOT CMAKE_CONFIGURATION_TYPES)
    set(CMAKE_BUILD_TYPE RelWithDebInfo CACHE STRING "Build type" FORCE)
  endif()

  find_program(KITH_CCACHE ccache)
  if(KITH_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
    # The settings travel with each compiler call, so a plain `ninja` hits the same cache.
    # No working directory in the hash and paths relative to the tree: another clone hits as well.
    # The sloppiness is what precompiled headers need.
    set(CMAKE_CXX_COMPILER_LAUNCHER
        "${CMAKE_COMMAND}" -E env "CCACHE_BASEDIR=${CMAKE_SOURCE_DIR}" CCACHE_NOHASHDIR=1
        CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime
        "${KITH_CCACHE}")
  endif()

  find_program(KITH_MOLD mold)
  if(KITH_MOLD)
    add_link_options(-fuse-ld=mold)
  endif()
endif()
