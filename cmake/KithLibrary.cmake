# SPDX-License-Identifier: Apache-2.0

# libkith: the object libraries of all folders in one library, shared by default.
get_property(targets GLOBAL PROPERTY KITH_FOLDERS)
include(KithHeaders)

add_library(kith)
add_library(kith::kith ALIAS kith)
foreach(target IN LISTS targets)
  target_sources(kith PRIVATE $<TARGET_OBJECTS:${target}>)
endforeach()
target_sources(kith PUBLIC FILE_SET HEADERS BASE_DIRS "${KITH_PUBLIC_INCLUDE}"
  FILES ${KITH_PUBLIC_HEADERS})
set_target_properties(kith PROPERTIES
  LINKER_LANGUAGE CXX
  VERSION ${PROJECT_VERSION}
  SOVERSION ${PROJECT_VERSION_MAJOR})
target_compile_features(kith PUBLIC cxx_std_23)
# Calls between functions of the library are direct: nobody replaces one of them from outside.
target_link_options(kith PRIVATE $<$<BOOL:${BUILD_SHARED_LIBS}>:-Wl,-Bsymbolic-functions>)
# As tools/gdb/kith.py needs it: link-time optimisation writes what is known of variables.
target_link_options(kith PRIVATE $<$<CONFIG:RelWithDebInfo,Debug>:-g>)
target_link_libraries(kith PUBLIC Threads::Threads PRIVATE $<BUILD_INTERFACE:kith_dependencies>)

# A message passes some thirty small functions of these two folders: optimised builds compile them as
# one, so that most of these calls vanish.
include(CheckIPOSupported)
check_ipo_supported(RESULT KITH_IPO OUTPUT KITH_IPO_WHY LANGUAGES CXX)
if(KITH_IPO)
  set_target_properties(kith_core kith_actor PROPERTIES
    INTERPROCEDURAL_OPTIMIZATION_RELEASE ON INTERPROCEDURAL_OPTIMIZATION_RELWITHDEBINFO ON)
  # Else a function of a shared library is never inlined: somebody could replace it.
  foreach(folder IN ITEMS kith_core kith_actor)
    target_compile_options(${folder} PRIVATE -fno-semantic-interposition)
  endforeach()
endif()
