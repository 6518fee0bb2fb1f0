// Any bytes are a line or a reason; what was read keeps the promises of its type, and white space
// at the end changes nothing.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "cli/replay/access_log.hpp"

namespace {

void expect(bool holds) {
  if (!holds) std::abort();
}

void judge(const kith::Result<kith::replay::LogLine>& line) {
  if (!line) {
    expect(!line.error().text().empty());
    return;
  }
  expect(line->status <= 999);
  expect(kith::replay::breaker_name(line->path).starts_with('/'));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto common = kith::replay::parse_common_line(text);
  judge(common);
  const auto json = kith::replay::parse_json_line(text);
  judge(json);
  const std::string longer = std::string(text) + "  ";
  if (common) expect(kith::replay::parse_common_line(longer).value() == *common);
  if (json) expect(kith::replay::parse_json_line(longer).value() == *json);
  return 0;
}
