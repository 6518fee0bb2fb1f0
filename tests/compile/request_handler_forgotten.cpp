// error: a request of the Protocol has no public handle_call(const Message&)
// type: Server = Store; M = Get
// SPDX-License-Identifier: Apache-2.0
#include <kith/actor/gen_server.hpp>

struct Get {
  using Reply = int;
};
struct Put {};

class Store : public kith::GenServer<Store, kith::Protocol<Get, Put>> {
 public:
  void handle_cast(const Put&) {}
};

void start(kith::System& system) {
  (void)Store::start_link(system);
}
