// SPDX-License-Identifier: Apache-2.0
#include "node/list_page.hpp"

#include <algorithm>
#include <utility>

#include "core/limits.hpp"
#include "transport/codec.hpp"

namespace kith::node {

Result<PageRequest> page_request(const Fields& fields) {
  const auto items = fields.natural("page", limits::list_page_items_max);
  if (!items) return items.error();
  if (*items == 0) return Error(ErrorCode::invalid_argument, "the field 'page' must be 1 or more");
  PageRequest request;
  request.items_max = std::min(*items, limits::list_page_items_max);
  const Value* after = fields.find("after");
  if (after == nullptr || after->is_null()) return request;
  auto token = fields.text("after");
  if (!token) return token.error();
  request.after = *std::move(token);
  return request;
}

bool ListPage::add(Value item, std::string token) {
  const std::size_t size_bytes = transport::encode_value(item).size();
  const bool fits = items_.empty() || (items_.size() < items_max_ &&
                                       bytes_ + size_bytes <= limits::list_page_bytes_max);
  if (!fits) {
    full_ = true;
    return false;
  }
  bytes_ += size_bytes;
  items_.push_back(std::move(item));
  last_ = std::move(token);
  return true;
}

Value ListPage::value() {
  return Value::map(
      {{field_, std::move(items_)}, {"next", full_ ? Value(std::move(last_)) : Value()}});
}

}  // namespace kith::node
