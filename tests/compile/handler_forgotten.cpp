// error: a message of the Protocol has no public handle_cast(const Message&)
// type: Server = Store; M = Put
// SPDX-License-Identifier: Apache-2.0
#include <kith/actor/gen_server.hpp>

struct Get {
  using Reply = int;
};
struct Put {};

class Store : public kith::GenServer<Store, kith::Protocol<Get, Put>> {
 public:
  int handle_call(const Get&) { return 1; }
};

void start(kith::System& system) {
  (void)Store::start_link(system);
}
