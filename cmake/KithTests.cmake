# SPDX-License-Identifier: Apache-2.0

# Labels: unit (pure, milliseconds), sim (many nodes on virtual time), node (real sockets and
# processes on loopback), cluster (containers). Node tests take both cores, so that nothing else
# disturbs their clocks; cluster tests run alone.

find_package(GTest 1.12 CONFIG REQUIRED)
find_package(Python3 3.9 REQUIRED COMPONENTS Interpreter)
include(GoogleTest)

# Seconds one test of a label may take; sanitizers make everything slower.
set(KITH_TIMEOUT_unit 180)
set(KITH_TIMEOUT_sim 300)
set(KITH_TIMEOUT_node 180)
set(KITH_TIMEOUT_cluster 900)

if(KITH_SANITIZE MATCHES "thread")
  set(KITH_TEST_ENVIRONMENT "TSAN_OPTIONS=suppressions=${PROJECT_SOURCE_DIR}/tools/tsan.supp halt_on_error=1 second_deadlock_stack=1")
elseif(KITH_SANITIZE)
  set(KITH_TEST_ENVIRONMENT "ASAN_OPTIONS=detect_stack_use_after_return=0 strict_string_checks=1")
else()
  set(KITH_TEST_ENVIRONMENT "KITH_TESTING=1")
endif()

# A GoogleTest program is compiled against one shared precompiled header. Its owner is a program too,
# because those are compiled with -fPIE and libraries with -fPIC.
function(_kith_test_header)
  if(NOT TARGET kith_test_header)
    file(CONFIGURE OUTPUT "${CMAKE_BINARY_DIR}/kith_test_header.cpp" CONTENT "int main() {}\n")
    add_executable(kith_test_header "${CMAKE_BINARY_DIR}/kith_test_header.cpp")
    target_link_libraries(kith_test_header PRIVATE kith kith_sources GTest::gmock)
    target_compile_options(kith_test_header PRIVATE $<$<CXX_COMPILER_ID:GNU>:-fpch-preprocess>)
    if(KITH_SANITIZE)
      target_compile_options(kith_test_header PRIVATE -O0)
    endif()
    target_precompile_headers(kith_test_header PRIVATE <gmock/gmock.h> <gtest/gtest.h>)
  endif()
endfunction()

# kith_add_gtest(name label sources...): one program, each TEST in it a test of its own. The sanitizer
# presets run `unit` and `sim` only; there the programs of other labels are built when asked for.
function(kith_add_gtest name label)
  _kith_test_header()
  add_executable(${name} ${ARGN})
  target_link_libraries(${name} PRIVATE kith kith_sources GTest::gmock GTest::gmock_main)
  target_compile_options(${name} PRIVATE $<$<CXX_COMPILER_ID:GNU>:-fpch-preprocess>)
  target_precompile_headers(${name} REUSE_FROM kith_test_header)
  set(processors 1)
  if(label STREQUAL "node" OR label STREQUAL "cluster")
    set(processors 2)
    if(KITH_SANITIZE)
      set_target_properties(${name} PROPERTIES EXCLUDE_FROM_ALL ON)
    endif()
  endif()
  if(KITH_SANITIZE)
    # Half of the compile time of a test is optimisation; the library under test keeps its own.
    target_compile_options(${name} PRIVATE -O0)
  endif()
  gtest_discover_tests(${name}
    DISCOVERY_MODE PRE_TEST DISCOVERY_TIMEOUT 30 WORKING_DIRECTORY "${PROJECT_SOURCE_DIR}"
    PROPERTIES LABELS ${label} TIMEOUT ${KITH_TIMEOUT_${label}} PROCESSORS ${processors}
               ENVIRONMENT "${KITH_TEST_ENVIRONMENT}")
endfunction()

# kith_add_program_test(name label timeout command...): passes on exit code 0, is skipped on 77.
function(kith_add_program_test name label timeout)
  add_test(NAME ${name} COMMAND ${ARGN} WORKING_DIRECTORY "${PROJECT_SOURCE_DIR}")
  set(processors 1)
  if(label STREQUAL "node" OR label STREQUAL "cluster")
    set(processors 2)
  endif()
  set_tests_properties(${name} PROPERTIES
    LABELS ${label} TIMEOUT ${timeout} PROCESSORS ${processors} SKIP_RETURN_CODE 77
    ENVIRONMENT "${KITH_TEST_ENVIRONMENT};KITH_BUILD_DIR=${CMAKE_BINARY_DIR};KITH_SOURCE_DIR=${PROJECT_SOURCE_DIR}")
  if(label STREQUAL "cluster")
    set_tests_properties(${name} PROPERTIES RUN_SERIAL ON)
  endif()
endfunction()

# kith_header_checks(): a target that compiles each header without a source of the same name.
function(kith_header_checks)
  set(checks)
  foreach(folder IN ITEMS core actor transport supervision cluster registry table resilience node cli)
    file(GLOB_RECURSE headers CONFIGURE_DEPENDS RELATIVE "${PROJECT_SOURCE_DIR}"
         "${PROJECT_SOURCE_DIR}/${folder}/*.hpp")
    foreach(header IN LISTS headers)
      string(REGEX REPLACE "\\.hpp$" ".cpp" source "${header}")
      if(NOT EXISTS "${PROJECT_SOURCE_DIR}/${source}")
        set(check "${CMAKE_BINARY_DIR}/header_checks/${source}")
        file(CONFIGURE OUTPUT "${check}" CONTENT "#include \"${header}\"\n")
        list(APPEND checks "${check}")
      endif()
    endforeach()
  endforeach()
  add_library(kith_header_checks OBJECT EXCLUDE_FROM_ALL ${checks})
  target_link_libraries(kith_header_checks PRIVATE kith_sources)
  target_compile_options(kith_header_checks PRIVATE -O0 -g0)
endfunction()
