// SPDX-License-Identifier: Apache-2.0

/// Runs a worker pool: several instances of a server under a supervisor. A request goes to the
/// least loaded worker; a crashed worker is restarted while the others keep working.

#include <chrono>
#include <iostream>
#include <map>
#include <stdexcept>
#include <string>
#include <vector>

#include <kith/kith.hpp>

#include "check.hpp"

using namespace std::chrono_literals;

/// Replies the pid of the worker.
struct Resize {
  using Reply = kith::Pid;
  std::string image;
  int width = 0;
};

class Resizer : public kith::GenServer<Resizer, kith::Protocol<Resize>> {
 public:
  kith::Pid handle_call(const Resize& request) {
    if (request.width <= 0) throw std::runtime_error("cannot resize " + request.image);
    kith::sleep_for(20ms);  // simulates work
    return kith::self();
  }
};

int main() {
  kith::System system;
  const auto pool =
      kith::WorkerPool<Resizer>::start_link(system, {.name = "resizers", .size = 4}).value();
  std::cout << pool.workers().size() << " workers\n";
  check(pool.workers().size() == 4, "the pool has four workers");

  // Twelve requests at once spread over all workers.
  const std::vector<int> requests(12);
  const auto done = kith::async_stream(
      system, requests, [&](int) { return pool.call(Resize{"cat.png", 64}, 10s).value(); },
      {.max_concurrency = 12});
  std::map<kith::Pid, int> work;
  for (const auto& worker : done.value()) ++work[worker.value()];
  for (const auto& [worker, count] : work) {
    std::cout << "worker " << to_string(worker) << " has resized " << count << " images\n";
  }
  check(work.size() == 4, "all workers have worked");

  // A request that crashes its worker does not affect the others.
  const auto crashed = pool.call(Resize{"broken.png", 0});
  std::cout << crashed.error().to_string() << '\n';
  check(crashed.error().code() == kith::ErrorCode::crashed, "the caller gets the error");
  check(pool.call(Resize{"dog.png", 64}).has_value(), "the pool goes on with the other workers");

  system.run([&] {
    for (int i = 0; i < 500 && pool.workers().size() < 4; ++i) kith::sleep_for(10ms);
  });
  std::cout << pool.workers().size() << " workers again\n";
  check(pool.workers().size() == 4, "the supervisor has started the worker again");
}
