// error: a message of the Protocol cannot leave its node: add KITH_WIRE
// type: Message = Lookup
// SPDX-License-Identifier: Apache-2.0
#include <kith/node/node.hpp>

struct Lookup {
  using Reply = int;
  std::string key;
};

void ask(kith::Node& node) {
  (void)kith::call(node.global<kith::Protocol<Lookup>>("directory"), Lookup{"a"});
}
