// error: KITH_WIRE or KITH_FIELDS leaves out a field of this struct
// type: Struct = Put
// SPDX-License-Identifier: Apache-2.0
#include <kith/actor/gen_server.hpp>

struct Put {
  std::string key;
  std::optional<int> value;
  KITH_WIRE("put", key)
};

void put(const kith::ServerRef<kith::Protocol<Put>>& server) {
  (void)kith::cast(server, Put{});
}
