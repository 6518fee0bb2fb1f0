// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "core/node_id.hpp"
#include "core/result.hpp"

/// Addresses and names derived from the listen address. All but `default_node_name` are pure.
namespace kith::node {

/// Splits "host:port"; without a colon all of it is the host.
[[nodiscard]] std::pair<std::string, std::string> host_and_port(const std::string& address);
/// Returns true if only this machine can dial the address.
[[nodiscard]] bool is_loopback(const std::string& address);
/// Returns true for 0.0.0.0 and [::], which bind all addresses and cannot be dialled.
[[nodiscard]] bool is_wildcard(const std::string& address);

/// Returns the address that other nodes dial, given the addresses of the machine. Empty: the bound
/// address; port 0: the bound port. Errors: `invalid_argument` if `advertise` cannot be dialled, or
/// if it is empty, `listen` is a wildcard and the machine does not have exactly one address.
[[nodiscard]] Result<std::string> advertised_address(const std::string& listen,
                                                     const std::string& advertise,
                                                     const std::vector<std::string>& machine);

/// Returns the default name of a node: "<host name>-<port>", or four digits of the boot id in place
/// of a port that is not known yet.
[[nodiscard]] std::string default_node_name(const std::string& listen, BootId boot);
/// Checks the name of a node; the empty name is valid. Errors: `invalid_argument`.
[[nodiscard]] Result<void> check_node_name(const std::string& name);

}  // namespace kith::node
