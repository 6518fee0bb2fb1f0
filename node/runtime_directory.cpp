// SPDX-License-Identifier: Apache-2.0
#include "node/runtime_directory.hpp"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <string_view>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>
#include <utility>

#include "core/bytes.hpp"
#include "core/file.hpp"
#include "core/value.hpp"
#include "core/value_json.hpp"

namespace kith::node {
namespace {

namespace fs = std::filesystem;

/// A record has a few hundred bytes; larger files are ignored.
constexpr std::uintmax_t record_size_bytes_max = 64U << 10U;
/// Bytes of the cluster's and of the node's name in a file name, which has at most 255 bytes.
constexpr std::size_t name_part_bytes_max = 100;

Error system_error(const std::string& what, int code) {
  return Error(ErrorCode::input_output, what + ": " + std::generic_category().message(code));
}

/// Refuses a folder in which another user could have placed records. lstat(2), so that a symbolic
/// link is refused and not followed.
Result<void> check_owner(const std::string& path) {
  struct stat status{};
  if (lstat(path.c_str(), &status) != 0) {
    return system_error("cannot look at the run-time directory '" + path + "'", errno);
  }
  if (!S_ISDIR(status.st_mode)) {
    return Error(ErrorCode::input_output, "the run-time directory '" + path +
                                              "' is not a folder; remove it or set "
                                              "KITH_RUNTIME_DIR");
  }
  if (status.st_uid != geteuid() || (status.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
    return Error(ErrorCode::unauthorised, "the run-time directory '" + path +
                                              "' must belong to this user alone (mode 0700); "
                                              "fix it or set KITH_RUNTIME_DIR to another");
  }
  return {};
}

Result<void> make_directory(const std::string& path) {
  std::error_code problem;
  const fs::path parent = fs::path(path).parent_path();
  if (!parent.empty()) fs::create_directories(parent, problem);
  if (mkdir(path.c_str(), S_IRWXU) != 0 && errno != EEXIST) {
    return system_error("cannot make the run-time directory '" + path + "'", errno);
  }
  return check_owner(path);
}

std::optional<RuntimeRecord> read_record(const fs::path& path) {
  std::error_code problem;
  const std::uintmax_t size = fs::file_size(path, problem);
  if (problem || size > record_size_bytes_max) return std::nullopt;
  std::ifstream file(path, std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  const Result<Value> value = from_json(text);
  if (!value) return std::nullopt;
  const auto* cluster = value->find("cluster");
  const auto* name = value->find("name");
  const auto* address = value->find("address");
  const auto* process = value->find("process");
  if (name == nullptr || address == nullptr || process == nullptr) return std::nullopt;
  return RuntimeRecord{cluster == nullptr ? "" : cluster->text_or(""), name->text_or(""),
                       address->text_or(""), static_cast<int>(process->integer_or(0))};
}

/// Makes a string usable in a file name. Different strings may become equal; the process id keeps
/// the file names apart.
std::string plain(std::string_view text) {
  std::string part;
  for (const char c : text) {
    const bool keeps = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       c == '-' || c == '_' || c == '.';
    part += keeps ? c : '_';
  }
  return part.substr(0, name_part_bytes_max);
}

bool lives(int process) {
  return process > 0 && (kill(process, 0) == 0 || errno == EPERM);
}

}  // namespace

std::string RuntimeDirectory::default_path() {
  if (const char* chosen = std::getenv("KITH_RUNTIME_DIR")) return chosen;
  const char* session = std::getenv("XDG_RUNTIME_DIR");
  if (session != nullptr && *session == '/') return std::string(session) + "/kith";
  return "/tmp/kith-" + std::to_string(geteuid());
}

std::string RuntimeDirectory::file_of(const RuntimeRecord& record) const {
  return path_ + "/" + plain(record.cluster) + "." + plain(record.name) + "." +
         std::to_string(record.process) + ".json";
}

Result<void> RuntimeDirectory::write(const RuntimeRecord& record) const {
  if (const auto made = make_directory(path_); !made) return made;
  const Value value = Value::map({{"cluster", record.cluster},
                                  {"name", record.name},
                                  {"address", record.address},
                                  {"process", record.process}});
  return write_file(file_of(record), as_bytes(to_json(value) + "\n"));
}

Result<void> RuntimeDirectory::remove(const RuntimeRecord& record) const {
  const std::string file = file_of(record);
  if (unlink(file.c_str()) != 0 && errno != ENOENT) {
    return system_error("cannot remove '" + file + "'", errno);
  }
  return {};
}

Result<std::vector<RuntimeRecord>> RuntimeDirectory::records() const {
  std::error_code problem;
  if (path_.empty() || !fs::exists(path_, problem)) return std::vector<RuntimeRecord>{};
  if (const auto own = check_owner(path_); !own) return own.error();
  std::vector<std::pair<fs::file_time_type, RuntimeRecord>> found;
  for (const fs::directory_entry& entry : fs::directory_iterator(path_, problem)) {
    if (entry.path().extension() != ".json") continue;
    const auto record = read_record(entry.path());
    if (record && lives(record->process)) {
      std::error_code gone;
      found.emplace_back(entry.last_write_time(gone), *record);
    } else if (record) {
      unlink(entry.path().c_str());
    }
  }
  if (problem) return system_error("cannot read '" + path_ + "'", problem.value());
  std::ranges::sort(found, [](const auto& a, const auto& b) {
    return a.first != b.first ? a.first > b.first : a.second.name < b.second.name;
  });
  std::vector<RuntimeRecord> records;
  for (auto& [written, record] : found) records.push_back(std::move(record));
  return records;
}

}  // namespace kith::node
