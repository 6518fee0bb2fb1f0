// error: a field or reply has a type that cannot travel between nodes: add KITH_FIELDS
// type: Field = Point
// SPDX-License-Identifier: Apache-2.0
#include <kith/actor/gen_server.hpp>

struct Point {
  int x = 0, y = 0;
};
struct Draw {
  std::optional<std::vector<Point>> points;
  KITH_WIRE("draw", points)
};

void draw(const kith::ServerRef<kith::Protocol<Draw>>& canvas) {
  (void)kith::cast(canvas, Draw{});
}
