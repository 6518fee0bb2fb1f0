// SPDX-License-Identifier: Apache-2.0
#include "cli/replay/json_line.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "cli/replay/byte_carrier.hpp"
#include "cli/replay/json_members.hpp"
#include "cli/replay/line_text.hpp"
#include "cli/replay/log_time.hpp"

namespace kith::replay {
namespace {

using Kind = JsonMember::Kind;

/// A member and its name in the line.
struct Named {
  std::string name;
  JsonMember member;
};

bool names(LineField asked, LineField field) {
  return field == asked || (asked == LineField::path && field == LineField::request);
}

/// The members of a line by meaning.
class Line {
 public:
  explicit Line(std::vector<JsonMember> members) : members_(std::move(members)) {}

  /// Returns the first member for that field that is not null, else a null one, else a missing one.
  /// Replaces a request by its path.
  [[nodiscard]] Named take(LineField field) {
    Named found;
    for (std::size_t i = 0; i < members_.size(); ++i) {
      const FieldName& name = field_names()[i];
      JsonMember& member = members_[i];
      if (!names(field, name.field)) continue;
      if (found.name.empty()) found.name = name.name;
      if (member.kind == Kind::missing) continue;
      if (member.kind == Kind::null && found.member.kind == Kind::null) continue;
      found = {std::string(name.name), std::move(member)};
      if (name.field == LineField::request) {
        found.member.text = std::string(second_word(found.member.text));
      }
      if (found.member.kind != Kind::null) return found;
    }
    return found;
  }

 private:
  std::vector<JsonMember> members_;
};

Error unreadable(std::string text) {
  return {ErrorCode::decode, std::move(text)};
}

Result<std::string> text_of(Named named, bool required) {
  const std::string quoted = "the field '" + named.name + "' ";
  if (named.member.kind == Kind::missing && required) return unreadable(quoted + "is missing");
  if (named.member.kind == Kind::other)
    return unreadable(quoted + "is neither a string nor a number");
  return std::move(named.member.text);
}

Result<Duration> time_of(const Named& named) {
  const JsonMember& member = named.member;
  std::optional<Duration> at;
  if (member.kind == Kind::missing) return unreadable("the field 'time' is missing");
  if (member.kind == Kind::number) at = parse_unix_seconds(member.text);
  if (member.kind == Kind::text) at = parse_log_time(member.text);
  if (!at) return unreadable("'" + named.name + "': " + std::string(no_such_time));
  return *at;
}

Result<std::uint16_t> number_of_status(const Named& named, bool required) {
  if (named.member.kind == Kind::other) return unreadable("the status is not three digits");
  return status_of(named.member.text, required);
}

/// Escapes the backslash of `\xHH`, which is not JSON. nginx writes special bytes so without
/// `escape=json`; the value then has the same four characters as in lines of text.
std::string with_hex_escapes_as_text(std::string_view line) {
  std::string text;
  text.reserve(line.size() + 64);
  for (std::size_t i = 0; i < line.size(); ++i) {
    text += line[i];
    if (line[i] != '\\' || i + 1 == line.size()) continue;
    if (line[i + 1] == 'x')
      text += '\\';
    else
      text += line[++i];
  }
  return text;
}

Result<std::vector<JsonMember>> read_members(std::string_view line) {
  auto members = read_json_members(line);
  if (members || !line.contains("\\x")) return members;
  return read_json_members(with_hex_escapes_as_text(line));
}

bool is_ascii(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

}  // namespace

Result<LogLine> parse_json_line(std::string_view line, RequiredFields required) {
  // JSON must be UTF-8; logs need not be.
  const bool carries = !is_ascii(line);
  auto members = carries ? read_members(carry_bytes(line)) : read_members(line);
  if (!members) return members.error();
  if (carries) {
    for (JsonMember& member : *members) member.text = carry_back(member.text);
  }
  Line fields(*std::move(members));
  const auto ip = text_of(fields.take(LineField::ip), required.ip);
  if (!ip) return ip.error();
  auto user = text_of(fields.take(LineField::user), required.user);
  if (!user) return user.error();
  auto path = text_of(fields.take(LineField::path), required.path);
  if (!path) return path.error();
  const auto at = time_of(fields.take(LineField::time));
  if (!at) return at.error();
  const auto status = number_of_status(fields.take(LineField::status), required.status);
  if (!status) return status.error();
  return LogLine{.at = *at,
                 .ip = std::string(first_address(*ip)),
                 .user = *std::move(user),
                 .path = *std::move(path),
                 .status = *status};
}

}  // namespace kith::replay
