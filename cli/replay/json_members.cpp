// SPDX-License-Identifier: Apache-2.0
#include "cli/replay/json_members.hpp"

#include <cstddef>
#include <utility>

#include <nlohmann/json.hpp>

namespace kith::replay {
namespace {

using Json = nlohmann::json;
using Kind = JsonMember::Kind;

constexpr std::string_view parent = "request";  // the only one in `field_names()`
constexpr auto none = static_cast<std::size_t>(-1);

std::size_t place_of(std::string_view name, std::string_view of) {
  const auto names = field_names();
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (names[i].name == name && names[i].parent == of) return i;
  }
  return none;
}

/// Keeps the members of `field_names()`. A SAX parser, so that no tree is built of the others.
class MemberCollector final : public nlohmann::json_sax<Json> {
 public:
  MemberCollector() : members_(field_names().size()) {}

  [[nodiscard]] bool is_object() const { return object_; }
  [[nodiscard]] std::vector<JsonMember> take() { return std::move(members_); }

  bool null() override { return keep(Kind::null, {}); }
  bool boolean(bool) override { return keep(Kind::other, {}); }
  bool number_integer(number_integer_t value) override {
    return keep(Kind::number, std::to_string(value));
  }
  bool number_unsigned(number_unsigned_t value) override {
    return keep(Kind::number, std::to_string(value));
  }
  bool number_float(number_float_t, const string_t& digits) override {
    return keep(Kind::number, digits);
  }
  bool string(string_t& value) override { return keep(Kind::text, std::move(value)); }
  bool binary(binary_t&) override { return keep(Kind::other, {}); }
  bool start_object(std::size_t) override {
    if (depth_ == 0) object_ = true;
    const bool is_parent = depth_ == 1 && at_parent_;
    if (is_parent)
      inside_parent_ = true;
    else
      keep(Kind::other, {});
    return open();
  }
  bool end_object() override { return close(); }
  bool start_array(std::size_t) override {
    keep(Kind::other, {});
    return open();
  }
  bool end_array() override { return close(); }
  bool key(string_t& name) override {
    if (depth_ == 1) at_parent_ = name == parent;
    if (depth_ == 1) current_ = place_of(name, {});
    if (depth_ == 2 && inside_parent_) current_ = place_of(name, parent);
    return true;
  }
  bool parse_error(std::size_t, const std::string&, const nlohmann::detail::exception&) override {
    return false;
  }

 private:
  bool keep(Kind kind, std::string text) {
    const bool named = depth_ == 1 || (depth_ == 2 && inside_parent_);
    if (named && current_ != none) members_[current_] = {kind, std::move(text)};
    return true;
  }
  bool open() {
    ++depth_;
    return true;
  }
  bool close() {
    --depth_;
    if (depth_ == 1) inside_parent_ = false;
    return true;
  }

  std::vector<JsonMember> members_;
  std::size_t current_ = none;
  std::size_t depth_ = 0;
  bool object_ = false;
  bool at_parent_ = false;  // the last key of the line's object
  bool inside_parent_ = false;
};

}  // namespace

Result<std::vector<JsonMember>> read_json_members(std::string_view line) {
  MemberCollector members;
  if (!Json::sax_parse(line, &members)) return {ErrorCode::decode, "the line is not JSON"};
  if (!members.is_object()) return {ErrorCode::decode, "the line is not a JSON object"};
  return members.take();
}

}  // namespace kith::replay
