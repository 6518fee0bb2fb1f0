#include <stdexcept>

#include "tests/conformance/scenario.hpp"

namespace kith::conformance {

Observed play_state_machine(const Scenario&, const PlayOptions&) {
  throw std::runtime_error("the suite gen_statem is not played");
}

}  // namespace kith::conformance
