# SPDX-License-Identifier: Apache-2.0

# What applications include: `#include <kith/kith.hpp>`. The public headers are the two below and all
# that these include; they are copied to <build>/include/kith, and installed from there. Includes in
# the copies begin with kith/, so that they never meet an application's own core/error.hpp.
#
# Sets KITH_PUBLIC_INCLUDE (the folder to search) and KITH_PUBLIC_HEADERS (the copies).

set(KITH_PUBLIC_INCLUDE "${CMAKE_CURRENT_BINARY_DIR}/include")

# Appends to `found` each header that `header` includes, directly or not.
function(_kith_reach header found)
  set(known ${${found}})
  set(waiting ${header})
  while(waiting)
    list(POP_FRONT waiting next)
    if(NOT next IN_LIST known)
      list(APPEND known ${next})
      file(STRINGS "${PROJECT_SOURCE_DIR}/${next}" includes REGEX "^#include \"")
      list(TRANSFORM includes REPLACE "^#include \"([^\"]+)\".*" "\\1")
      list(APPEND waiting ${includes})
    endif()
  endwhile()
  set(${found} ${known} PARENT_SCOPE)
endfunction()

# Writes the copy of a header when it differs: an unchanged one compiles nothing.
function(_kith_copy_header header copy)
  file(READ "${PROJECT_SOURCE_DIR}/${header}" text)
  string(REGEX REPLACE "(\n#include \")node/kith.hpp" "\\1kith/kith.hpp" text "${text}")
  string(REGEX REPLACE "(\n#include \")([a-z]+/)" "\\1kith/\\2" text "${text}")
  string(REPLACE "\"kith/kith/" "\"kith/" text "${text}")
  set(before "")
  if(EXISTS "${copy}")
    file(READ "${copy}" before)
  endif()
  if(NOT text STREQUAL before)
    file(WRITE "${copy}" "${text}")
  endif()
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/${header}")
endfunction()

set(public)
_kith_reach(node/kith.hpp public)
_kith_reach(node/testing.hpp public)
set(KITH_PUBLIC_HEADERS)
foreach(header IN LISTS public)
  set(name ${header})
  if(header STREQUAL "node/kith.hpp")
    set(name kith.hpp)
  elseif(header STREQUAL "node/testing.hpp")
    set(name testing.hpp)
  endif()
  set(copy "${KITH_PUBLIC_INCLUDE}/kith/${name}")
  _kith_copy_header(${header} "${copy}")
  list(APPEND KITH_PUBLIC_HEADERS "${copy}")
endforeach()

# A header that became private must not be found any longer.
file(GLOB_RECURSE present "${KITH_PUBLIC_INCLUDE}/kith/*.hpp")
list(REMOVE_ITEM present ${KITH_PUBLIC_HEADERS})
if(present)
  file(REMOVE ${present})
endif()
