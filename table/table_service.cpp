#include "table/table_service.hpp"

#include "core/limits.hpp"
#include "transport/codec.hpp"

namespace kith::table {
namespace {

Result<void> acceptable(const Value& key) {
  const auto* const text = key.get_if<std::string>();
  const auto* const bytes = key.get_if<Bytes>();
  const std::size_t size = text != nullptr    ? text->size()
                           : bytes != nullptr ? bytes->size()
                                              : transport::encode_value(key).size();
  if (size <= limits::key_size_bytes_max) return {};
  return Error(ErrorCode::invalid_argument,
               "a key is longer than " + std::to_string(limits::key_size_bytes_max) + " bytes");
}

}  // namespace

Result<TableService::Rows*> TableService::table(const std::string& name) {
  if (const auto it = tables_.find(name); it != tables_.end()) return &it->second;
  if (name.empty() || name.size() > limits::name_size_bytes_max) {
    return Error(ErrorCode::invalid_argument, "a table's name has 1 to 255 bytes");
  }
  if (tables_.size() >= limits::named_things_max) {
    return Error(ErrorCode::overloaded, "too many tables have names on this node");
  }
  return &tables_.try_emplace(name, TableOptions{.name = name, .rows_max = limits::table_rows_max})
              .first->second;
}

FoundValue TableService::handle_call(const TableGet& request) {
  const auto it = tables_.find(request.table);
  if (it == tables_.end()) return {};
  auto value = it->second.lookup(request.key);
  if (!value) return {};
  return {true, std::move(*value)};
}

Result<void> TableService::handle_call(const TablePut& request) {
  if (const auto fine = acceptable(request.key); !fine) return fine.error();
  const auto found = table(request.table);
  if (!found) return found.error();
  return (*found)->insert(request.key, request.value);
}

FoundValue TableService::handle_call(const TableErase& request) {
  const auto it = tables_.find(request.table);
  if (it == tables_.end()) return {};
  auto value = it->second.take(request.key);
  if (!value) return {};
  return {true, std::move(*value)};
}

Result<std::int64_t> TableService::handle_call(const TableUpdateCounter& request) {
  if (const auto fine = acceptable(request.key); !fine) return fine.error();
  const auto found = table(request.table);
  if (!found) return found.error();
  return (*found)->update_counter(request.key, request.increment, request.initial);
}

}  // namespace kith::table
