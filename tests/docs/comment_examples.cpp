// SPDX-License-Identifier: Apache-2.0
#include <string>

#include <kith/kith.hpp>

// The beginning of the translation unit that comment_examples_test.py compiles: what the examples
// in comments of public headers use and do not declare.
namespace example_application {

using namespace kith;
using namespace std::chrono_literals;

/// Makes `return` of any value, and of none, a valid end of an example.
struct Anything {
  Anything() = default;
  template <typename T>
  Anything(T&&) {}  // NOLINT(google-explicit-constructor,bugprone-forwarding-reference-overload)
};
#define ASSERT_TRUE(condition) static_cast<void>(condition)

// Requests and payments.

struct Order {};
struct Receipt {};
inline const std::string user = "ann";
inline const Order order;
Result<Receipt> charge(const Order& order);
Anything too_many_requests();
inline const SystemClock clock;
inline RateLimiter limit({.limit = 100, .window = 60s}, clock);
inline CircuitBreaker breaker({}, clock, "payments");

// Rows of tables.

struct Session {
  std::string user;
};
inline Table<std::string, int> stock;
inline ValueTable sessions;
inline int total = 0;
void refresh(const Value& key);

// Servers.

struct Get {
  using Reply = std::string;
  std::string path;
  KITH_WIRE("example.get", path)
};
using WebProtocol = Protocol<Get>;
struct Web : GenServer<Web, WebProtocol> {
  std::string handle_call(const Get& get) { return "page of " + get.path; }
};
using Config = Web;

// Tasks of other nodes.

struct Resize {
  using Reply = std::string;
  std::string url;
  KITH_WIRE("example.resize", url)
};
struct Crop {
  using Reply = std::string;
  std::string url;
  KITH_WIRE("example.crop", url)
};
std::string resize(const Resize& request);
std::string crop(const Crop& request);
inline const TaskSupervisorOptions options;
inline const std::string url = "https://example.org/picture";

}  // namespace example_application
