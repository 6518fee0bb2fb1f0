// error: a field or reply has a type that cannot travel between nodes: add KITH_FIELDS
// type: Field = Entry
// SPDX-License-Identifier: Apache-2.0
#include <kith/node/node.hpp>

struct Entry {
  int number = 0;
};
struct Lookup {
  using Reply = std::vector<Entry>;
  std::string key;
  KITH_WIRE("lookup", key)
};

void ask(kith::Node& node) {
  (void)kith::call(node.global<kith::Protocol<Lookup>>("directory"), Lookup{"a"});
}
