#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "core/result.hpp"
#include "core/value.hpp"
#include "node/request_fields.hpp"

/// Long lists in answers: docs/protocol.md, "Pages".
namespace kith::node {

/// Which page a request wants. Thread-safety: plain value.
struct PageRequest {
  std::optional<std::string> after;  ///< the `next` of the page before; nothing: the first page
  std::size_t items_max = 0;
};
/// Reads the fields `after` and `page`. Errors: `invalid_argument`.
[[nodiscard]] Result<PageRequest> page_request(const Fields& fields);

/// Gathers the items of a page, bounded in number and in bytes. Thread-safety: none.
///
///     ListPage page("names", *request);
///     for (...) if (!page.add(item, name)) break;
///     return page.value();
class ListPage {
 public:
  /// `field` is what the list is called in the answer.
  ListPage(std::string_view field, const PageRequest& request)
      : field_(field), items_max_(request.items_max) {}

  /// Adds an item with the token after which a later page goes on. False when the page is full: the
  /// item begins the next one.
  bool add(Value item, std::string token);
  /// The answer: the list, and `next`, which is null unless an item had no room.
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
