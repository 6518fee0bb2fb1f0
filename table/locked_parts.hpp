// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <memory>
#include <shared_mutex>
#include <utility>
#include <vector>

#include "table/table_snapshot.hpp"

namespace kith::table {

/// Locks all parts of a table, in index order: two threads that do so cannot deadlock.
template <typename Parts>
class LockedParts {
 public:
  explicit LockedParts(Parts& parts) : parts_(parts) {
    for (auto& part : parts_) part.lock.lock();
  }
  ~LockedParts() {
    for (auto& part : parts_) part.lock.unlock();
  }
  LockedParts(const LockedParts&) = delete;
  LockedParts& operator=(const LockedParts&) = delete;

 private:
  Parts& parts_;
};

/// Creates a snapshot of parts that have `lock`, `images` and `rows()`. Locks all parts, so that
/// the images belong to one instant, and calls `size()` meanwhile. The rows of a part that has not
/// changed are copied when the snapshot reads them.
template <typename Row, typename Parts, typename F>
TableSnapshot<Row> snapshot_of(Parts& parts, F size) {
  std::vector<typename TableSnapshot<Row>::Part> images;
  const LockedParts<Parts> lock(parts);
  for (auto& part : parts) {
    images.emplace_back([&part, image = part.images.add()]() -> PartImage<Row> {
      const std::shared_lock reading(part.lock);
      return *image ? *image : std::make_shared<const std::vector<Row>>(part.rows());
    });
  }
  return {std::move(images), size()};
}

}  // namespace kith::table
