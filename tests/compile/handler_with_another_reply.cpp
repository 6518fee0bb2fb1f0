// error: handle_call must return the request's Reply, Result<Reply> or Answer<Reply>
// type: Server = Store; M = Get
// SPDX-License-Identifier: Apache-2.0
#include <kith/actor/gen_server.hpp>

struct Get {
  using Reply = std::string;
};
struct Put {};

class Store : public kith::GenServer<Store, kith::Protocol<Get, Put>> {
 public:
  int handle_call(const Get&) { return 1; }
  void handle_cast(const Put&) {}
};

void start(kith::System& system) {
  (void)Store::start_link(system);
}
