# SPDX-License-Identifier: Apache-2.0

# The library, its public headers as include/kith, the command, and what find_package and pkg-config read.
include(CMakePackageConfigHelpers)
set(config "${CMAKE_INSTALL_LIBDIR}/cmake/kith")

install(TARGETS kith EXPORT kithTargets
  LIBRARY DESTINATION "${CMAKE_INSTALL_LIBDIR}"
  ARCHIVE DESTINATION "${CMAKE_INSTALL_LIBDIR}"
  FILE_SET HEADERS DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}")
install(EXPORT kithTargets NAMESPACE kith:: DESTINATION "${config}")
if(TARGET kith_command)
  install(TARGETS kith_command RUNTIME DESTINATION "${CMAKE_INSTALL_BINDIR}")
endif()

configure_package_config_file(cmake/kithConfig.cmake.in kithConfig.cmake INSTALL_DESTINATION "${config}")
write_basic_package_version_file(kithConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES
  "${CMAKE_CURRENT_BINARY_DIR}/kithConfig.cmake" "${CMAKE_CURRENT_BINARY_DIR}/kithConfigVersion.cmake"
  cmake/KithDependencies.cmake cmake/FindAsio.cmake cmake/FindMsgpack.cmake
  DESTINATION "${config}")

# Relative to the file, so that an install tree may be moved.
file(RELATIVE_PATH KITH_PC_TO_PREFIX "/prefix/${CMAKE_INSTALL_LIBDIR}/pkgconfig" "/prefix")
string(REGEX REPLACE "/$" "" KITH_PC_TO_PREFIX "${KITH_PC_TO_PREFIX}")
configure_file(cmake/kith.pc.in kith.pc @ONLY)
install(FILES "${CMAKE_CURRENT_BINARY_DIR}/kith.pc" DESTINATION "${CMAKE_INSTALL_LIBDIR}/pkgconfig")
install(FILES LICENSE DESTINATION "${CMAKE_INSTALL_DOCDIR}")
