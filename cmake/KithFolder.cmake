# SPDX-License-Identifier: Apache-2.0

# kith_folder(): the sources beside the calling CMakeLists.txt become the object library
# kith_<folder> and part of libkith. A folder without sources (headers only, or nothing) is skipped.

# kith_sources: what each target of ours sees that is not written like an application: all headers of
# the tree (`#include "core/error.hpp"`) and of the packages.

add_library(kith_sources INTERFACE)
target_include_directories(kith_sources INTERFACE "${PROJECT_SOURCE_DIR}")
target_link_libraries(kith_sources INTERFACE kith_dependencies kith_warnings)

set_property(GLOBAL PROPERTY KITH_FOLDERS "")

function(kith_folder)
  cmake_path(GET CMAKE_CURRENT_SOURCE_DIR FILENAME folder)
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS "${CMAKE_CURRENT_SOURCE_DIR}/*.cpp")
  if(NOT sources)
    return()
  endif()
  set(target kith_${folder})
  add_library(${target} OBJECT ${sources})
  target_link_libraries(${target} PRIVATE kith_sources)
  set_property(GLOBAL APPEND PROPERTY KITH_FOLDERS ${target})
endfunction()
