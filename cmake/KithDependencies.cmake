# SPDX-License-Identifier: Apache-2.0

# Everything comes from the distribution's packages. Public headers include none of it, so all is
# linked PRIVATE, and an application that uses libkith needs none of these development packages.

find_package(Threads REQUIRED)
find_package(cppzmq 4.9 CONFIG REQUIRED)
find_package(fmt 9.1 CONFIG REQUIRED)
find_package(spdlog 1.10 CONFIG REQUIRED)
find_package(nlohmann_json 3.11 CONFIG REQUIRED)
set(Boost_NO_WARN_NEW_VERSIONS ON)
find_package(Boost 1.74 REQUIRED COMPONENTS context)
find_package(Asio REQUIRED)
find_package(Msgpack REQUIRED)
find_package(PkgConfig REQUIRED)
pkg_check_modules(TOMLPP REQUIRED IMPORTED_TARGET tomlplusplus)
if(KITH_BUILD_CLI)
  find_package(CLI11 2.1 CONFIG REQUIRED)
endif()

# One interface for all folders: the floors are kept by the include check, not by the linker.
# Include folders of the packages arrive as SYSTEM, so their warnings are not ours.
add_library(kith_dependencies INTERFACE)
target_link_libraries(kith_dependencies INTERFACE
  Threads::Threads cppzmq fmt::fmt spdlog::spdlog nlohmann_json::nlohmann_json
  Boost::context Asio::asio Msgpack::msgpack PkgConfig::TOMLPP)
