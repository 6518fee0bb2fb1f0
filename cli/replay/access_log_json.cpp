#include <algorithm>
#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <nlohmann/json.hpp>

#include "cli/replay/access_log.hpp"
#include "cli/replay/log_time.hpp"
#include "cli/replay/utf8.hpp"

namespace kith::replay {
namespace {

using Json = nlohmann::json;

// JSON must be UTF-8, logs need not. Bytes that are not are carried through the JSON reader as the
// last 128 code points of Unicode, which are private and mean nothing in a log.
constexpr std::string_view carrier = "\xF4\x8F";  // U+10FF80 is F4 8F BE 80

unsigned byte_at(std::string_view text, std::size_t i) {
  return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U;
}

std::string carry_bytes(std::string_view line) {
  std::string carried;
  carried.reserve(line.size() + 16);
  while (!line.empty()) {
    const Utf8Sequence sequence = utf8_sequence(line);
    if (sequence.valid) carried += line.substr(0, sequence.length);
    for (std::size_t i = 0; !sequence.valid && i < sequence.length; ++i) {
      const unsigned byte = byte_at(line, i);
      carried += carrier;
      carried += static_cast<char>(byte < 0xC0 ? 0xBE : 0xBF);
      carried += static_cast<char>(0x80U | (byte & 0x3FU));
    }
    line.remove_prefix(sequence.length);
  }
  return carried;
}

std::string carry_back(std::string_view text) {
  std::string bytes;
  for (std::size_t at = text.find(carrier); at != std::string_view::npos; at = text.find(carrier)) {
    bytes += text.substr(0, at);
    const unsigned third = byte_at(text, at + 2);
    if (third >= 0xBE) {
      const unsigned high = third == 0xBE ? 0x80U : 0xC0U;
      bytes += static_cast<char>(high | (byte_at(text, at + 3) & 0x3FU));
    } else {
      bytes += text.substr(at, 4);
    }
    text.remove_prefix(at + 4);
  }
  bytes += text;
  return bytes;
}

/// A field of the line: its text or the digits of its number.
struct Field {
  enum class Kind { missing, null, text, number, other };
  Kind kind = Kind::missing;
  std::string text;
};

/// Keeps the fields of the outermost object that a replay needs, and nothing else.
class FieldCollector final : public nlohmann::json_sax<Json> {
 public:
  enum Name : std::size_t { time, ip, user, path, status };
  static constexpr std::array<std::string_view, 5> names{"time", "ip", "user", "path", "status"};

  [[nodiscard]] Field& operator[](std::size_t name) { return fields_[name]; }
  [[nodiscard]] bool is_object() const { return object_; }

  bool null() override { return keep(Field::Kind::null, {}); }
  bool boolean(bool) override { return keep(Field::Kind::other, {}); }
  bool number_integer(number_integer_t value) override {
    return keep(Field::Kind::number, std::to_string(value));
  }
  bool number_unsigned(number_unsigned_t value) override {
    return keep(Field::Kind::number, std::to_string(value));
  }
  bool number_float(number_float_t, const string_t& digits) override {
    return keep(Field::Kind::number, digits);
  }
  bool string(string_t& value) override { return keep(Field::Kind::text, std::move(value)); }
  bool binary(binary_t&) override { return keep(Field::Kind::other, {}); }
  bool start_object(std::size_t) override {
    if (depth_ == 0) object_ = true;
    return open();
  }
  bool end_object() override { return close(); }
  bool start_array(std::size_t) override { return open(); }
  bool end_array() override { return close(); }
  bool key(string_t& value) override {
    if (depth_ != 1) return true;
    const auto found = std::ranges::find(names, value);
    current_ = static_cast<std::size_t>(found - names.begin());
    return true;
  }
  bool parse_error(std::size_t, const std::string&, const nlohmann::detail::exception&) override {
    return false;
  }

 private:
  bool keep(Field::Kind kind, std::string text) {
    if (depth_ == 1 && current_ < names.size()) fields_[current_] = {kind, std::move(text)};
    return true;
  }
  bool open() {
    keep(Field::Kind::other, {});
    ++depth_;
    return true;
  }
  bool close() {
    --depth_;
    return true;
  }

  std::array<Field, names.size()> fields_;
  std::size_t current_ = names.size();
  std::size_t depth_ = 0;
  bool object_ = false;
};

std::optional<Duration> time_of(const Field& field) {
  if (field.kind == Field::Kind::number) return parse_unix_seconds(field.text);
  if (field.kind != Field::Kind::text) return std::nullopt;
  const auto at = parse_rfc3339(field.text);
  return at ? at : parse_unix_seconds(field.text);
}

std::optional<std::uint16_t> status_of(const Field& field) {
  const bool digits = field.kind == Field::Kind::number || field.kind == Field::Kind::text;
  const std::string& text = field.text;
  if (!digits || text.size() != 3) return std::nullopt;
  if (text.find_first_not_of("0123456789") != std::string::npos) return std::nullopt;
  return static_cast<std::uint16_t>(std::stoi(text));
}

/// What is wrong with a field that should be a text; empty when nothing is.
std::string complaint(const Field& field, bool required, std::string_view name) {
  const std::string quoted = "the field '" + std::string(name) + "' ";
  if (field.kind == Field::Kind::missing && required) return quoted + "is missing";
  if (field.kind == Field::Kind::other) return quoted + "is not a text";
  return {};
}

}  // namespace

Result<LogLine> parse_json_line(std::string_view line, RequiredFields required) {
  const auto fail = [](std::string text) {
    return Result<LogLine>(ErrorCode::decode, std::move(text));
  };
  const bool ascii = std::ranges::all_of(
      line, [](char c) { return static_cast<unsigned char>(c) < 0x80; });
  const std::string carried = ascii ? std::string() : carry_bytes(line);
  FieldCollector fields;
  if (!Json::sax_parse(ascii ? line : std::string_view(carried), &fields)) {
    return fail("this is not JSON");
  }
  if (!fields.is_object()) return fail("this is not a JSON object");

  using enum FieldCollector::Name;
  const std::array<std::pair<std::size_t, bool>, 3> texts{
      {{ip, required.ip}, {user, required.user}, {path, required.path}}};
  for (const auto& [name, needed] : texts) {
    const std::string wrong = complaint(fields[name], needed, FieldCollector::names[name]);
    if (!wrong.empty()) return fail(wrong);
    if (!ascii) fields[name].text = carry_back(fields[name].text);
  }
  const auto at = time_of(fields[time]);
  if (!at) return fail("'time' is neither RFC 3339 nor seconds since 1970");
  const auto code = status_of(fields[status]);
  if (!code) return fail("'status' is not three digits");
  return LogLine{.at = *at,
                 .ip = std::move(fields[ip].text),
                 .user = std::move(fields[user].text),
                 .path = std::move(fields[path].text),
                 .status = *code};
}

}  // namespace kith::replay
