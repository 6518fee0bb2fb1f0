// SPDX-License-Identifier: Apache-2.0

// In every format any bytes are either a line, whose fields satisfy the invariants of LogLine, or
// an error; white space at the end changes nothing. Any bytes are either a valid format or an
// error.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>

#include "cli/replay/access_log.hpp"
#include "cli/replay/common_line.hpp"
#include "cli/replay/json_line.hpp"

namespace {

using namespace kith::replay;
using kith::Result;

void expect(bool holds) {
  if (!holds) std::abort();
}

void judge(const Result<LogLine>& line) {
  if (!line) {
    expect(!line.error().text().empty());
    return;
  }
  expect(line->status <= 999);
  expect(breaker_name(line->path).starts_with('/'));
}

template <typename Read>
void try_format(std::string_view text, Read read) {
  const Result<LogLine> line = read(text);
  judge(line);
  if (line) expect(read(std::string(text) + "  ").value() == *line);
}

Result<FormatString> nginx_main() {
  return FormatString::compile(
      "$remote_addr - $remote_user [$time_local] \"$request\" $status $body_bytes_sent "
      "\"$http_referer\" \"$http_user_agent\"",
      {});
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const FormatString nginx = nginx_main().value();
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  for (const VirtualHost vhost : {VirtualHost::never, VirtualHost::always, VirtualHost::detect}) {
    try_format(text, [vhost](std::string_view line) { return parse_common_line(line, {}, vhost); });
  }
  try_format(text, [](std::string_view line) { return parse_json_line(line); });
  try_format(text, [](std::string_view line) { return nginx.parse(line); });
  if (const auto parsed = AccessLogParser(std::nullopt).parse(text); parsed && *parsed) {
    judge(**parsed);
  }
  const auto format = FormatString::compile(text, {.ip = false, .status = false});
  if (!format)
    expect(!format.error().text().empty());
  else
    try_format(text, [&](std::string_view line) { return format->parse(line); });
  return 0;
}
