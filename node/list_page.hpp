// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "core/result.hpp"
#include "core/value.hpp"
#include "node/request_fields.hpp"

/// Pages of long lists in answers: docs/protocol.md, "Pages".
namespace kith::node {

/// Selects a page. Thread-safety: plain value.
struct PageRequest {
  std::optional<std::string> after;  ///< the `next` of the page before; nullopt: the first page
  std::size_t items_max = 0;
};
/// Reads the fields `after` and `page`. Errors: `invalid_argument`.
[[nodiscard]] Result<PageRequest> page_request(const Fields& fields);

/// Collects the items of a page, bounded in number and bytes: call `add` until it returns false,
/// then return `value()`. Thread-safety: none.
class ListPage {
 public:
  /// `field` is the name of the list in the answer.
  ListPage(std::string_view field, const PageRequest& request)
      : field_(field), items_max_(request.items_max) {}

  /// Adds an item with its token; a later page starts after the token of the last item. Returns
  /// false if the page is full: the item starts the next page.
  bool add(Value item, std::string token);
  /// Returns the answer: the list, and `next`, which is null unless an item did not fit.
  [[nodiscard]] Value value();

 private:
  std::string field_;
  std::size_t items_max_;
  std::size_t bytes_ = 0;
  ValueArray items_;
  std::string last_;
  bool full_ = false;
};

}  // namespace kith::node
