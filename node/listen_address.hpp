#pragma once

#include <string>
#include <utility>
#include <vector>

#include "core/node_id.hpp"
#include "core/result.hpp"

/// What follows from the address where a node listens. All but `default_node_name` are pure.
namespace kith::node {

/// The parts of "host:port"; without a colon all of it is the host.
[[nodiscard]] std::pair<std::string, std::string> host_and_port(const std::string& address);
/// True when only this machine can dial it.
[[nodiscard]] bool is_loopback(const std::string& address);
/// True for 0.0.0.0 and [::], which mean all addresses of the machine and cannot be dialled.
[[nodiscard]] bool is_wildcard(const std::string& address);

/// What other nodes are to dial, when the node listens at `listen` and the machine has these
/// addresses; empty: the bound address itself. Port 0 stands for the bound port. Errors:
/// `invalid_argument` when all addresses are listened at, none was chosen and the machine has not
/// exactly one, or when one was chosen that cannot be dialled.
[[nodiscard]] Result<std::string> advertised_address(const std::string& listen,
                                                     const std::string& advertise,
                                                     const std::vector<std::string>& machine);

/// The name of a node that was given none: "<host name>-<port>", or four digits of the boot when
/// the port is not known yet.
[[nodiscard]] std::string default_node_name(const std::string& listen, BootId boot);
/// Errors: `invalid_argument` when a node may not be called so. The empty name is good.
[[nodiscard]] Result<void> check_node_name(const std::string& name);

}  // namespace kith::node
