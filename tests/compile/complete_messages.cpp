// no error
// SPDX-License-Identifier: Apache-2.0
#include <kith/actor/gen_server.hpp>

enum class Color { red, green };
struct Tree {  // a struct may contain itself
  std::vector<Tree> children;
  KITH_FIELDS(children)
};
class Private {  // a class with constructors chooses its fields
 public:
  Private() = default;

 private:
  int kept_ = 0;
  int cached_ = 0;

 public:
  KITH_FIELDS(kept_)
};
struct All {
  std::optional<Color> color;
  std::map<std::string, std::vector<std::optional<Tree>>> trees;
  std::pair<double, kith::Bytes> pair;
  std::chrono::milliseconds wait{};
  kith::Value value;
  kith::Pid pid;
  Private own;
  KITH_WIRE("all", color, trees, pair, wait, value, pid, own)
};
struct Empty {
  KITH_WIRE("empty")
};

void send(const kith::ServerRef<kith::Protocol<All, Empty>>& server) {
  (void)kith::cast(server, All{});
  (void)kith::cast(server, Empty{});
}
