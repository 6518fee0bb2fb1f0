// SPDX-License-Identifier: Apache-2.0
#include "cli/replay/log_file.hpp"

#include <array>
#include <cerrno>
#include <filesystem>
#include <system_error>
#include <utility>

#include <fmt/format.h>

namespace kith::replay {
namespace {

constexpr std::size_t chunk_bytes = 256U << 10U;

/// The magic bytes of compressed files and the command that decompresses them.
struct Compression {
  std::string_view magic;
  const char* name;
  const char* tool;
};
constexpr std::array compressions{
    Compression{"\x1F\x8B", "gzip", "zcat"}, Compression{"\x28\xB5\x2F\xFD", "zstd", "zstdcat"},
    Compression{"\xFD\x37zXZ", "xz", "xzcat"}, Compression{"BZh", "bzip2", "bzcat"}};

bool begins_with(std::string_view text, const Compression& compression) {
  if (!text.starts_with(compression.magic)) return false;
  // A host name may start with "BZh", so the magic number of the first block must follow.
  return compression.magic != "BZh" || text.substr(0, 10).ends_with("1AY&SY");
}

/// Returns what kind of file it is, null if it can be a log.
const char* complaint(std::filesystem::file_type type) {
  switch (type) {
    case std::filesystem::file_type::directory:
      return "a directory";
    case std::filesystem::file_type::block:
    case std::filesystem::file_type::character:
      return "a device";
    case std::filesystem::file_type::socket:
      return "a socket";
    default:
      return nullptr;
  }
}

Error system_error(const std::string& path, int code) {
  const auto kind =
      code == ENOENT || code == ENOTDIR ? ErrorCode::not_found : ErrorCode::input_output;
  return {kind, "cannot read '" + path + "': " + std::generic_category().message(code)};
}

}  // namespace

void LogFile::Close::operator()(std::FILE* file) const {
  if (file != stdin) (void)std::fclose(file);
}

LogFile::LogFile(std::string path, std::unique_ptr<std::FILE, Close> file)
    : path_(std::move(path)), file_(std::move(file)) {}

Result<LogFile> LogFile::open(const std::string& path) {
  std::error_code ignored;
  const char* wrong =
      path == "-" ? nullptr : complaint(std::filesystem::status(path, ignored).type());
  if (wrong != nullptr) {
    return {ErrorCode::invalid_argument, "'" + path + "' is " + wrong +
                                             ", not a log file; name a file, or pipe the log into "
                                             "`kith replay -`"};
  }
  std::unique_ptr<std::FILE, Close> opened(path == "-" ? stdin : std::fopen(path.c_str(), "rbe"));
  if (!opened) return system_error(path, errno);
  LogFile file(path == "-" ? "standard input" : path, std::move(opened));
  if (path != "-" && std::filesystem::is_regular_file(path, ignored)) {
    const std::uintmax_t size = std::filesystem::file_size(path, ignored);
    if (!ignored) file.size_bytes_ = size;
  }
  if (auto checked = file.check_beginning(); !checked) return checked.error();
  return file;
}

Result<void> LogFile::check_beginning() {
  if (auto filled = fill(); !filled) return filled;
  const std::string_view beginning(buffer_);
  for (const Compression& compression : compressions) {
    if (!begins_with(beginning, compression)) continue;
    const bool piped = file_.get() == stdin;
    const std::string quoted = "'" + path_ + "'";
    return {ErrorCode::invalid_argument,
            fmt::format("{} is compressed with {}; decompress it first: {} {} | kith replay -",
                        piped ? path_ : quoted, compression.name, compression.tool,
                        piped ? "LOG" : quoted)};
  }
  if (beginning.starts_with("\xEF\xBB\xBF")) begin_ = scanned_ = bytes_read_ = 3;
  return {};
}

Result<std::optional<TextLine>> LogFile::next() {
  while (true) {
    const std::size_t end = buffer_.find('\n', scanned_);
    if (end != std::string::npos) return std::optional(take(end - begin_, 1));
    if (at_end_) {
      if (begin_ == buffer_.size() && !passing_over_) return std::optional<TextLine>();
      return std::optional(take(buffer_.size() - begin_, 0));
    }
    scanned_ = buffer_.size();
    // Discards a line that is too long chunk by chunk, so that memory stays bounded.
    if (passing_over_ || scanned_ - begin_ > line_size_bytes_max) {
      passing_over_ = true;
      bytes_read_ += scanned_ - begin_;
      begin_ = scanned_;
    }
    if (auto filled = fill(); !filled) return filled.error();
  }
}

TextLine LogFile::take(std::size_t size, std::size_t end_size) {
  TextLine line{.number = ++lines_, .text = std::string_view(buffer_).substr(begin_, size)};
  line.too_long = std::exchange(passing_over_, false) || size > line_size_bytes_max;
  if (line.too_long) line.text = {};
  begin_ += size + end_size;
  scanned_ = begin_;
  bytes_read_ += size + end_size;
  return line;
}

Result<void> LogFile::fill() {
  buffer_.erase(0, begin_);
  scanned_ -= begin_;
  begin_ = 0;
  const std::size_t kept = buffer_.size();
  buffer_.resize(kept + chunk_bytes);
  const std::size_t got = std::fread(buffer_.data() + kept, 1, chunk_bytes, file_.get());
  const int code = errno;
  buffer_.resize(kept + got);
  if (got == chunk_bytes) return {};
  if (std::ferror(file_.get()) != 0) return system_error(path_, code);
  at_end_ = true;
  return {};
}

Result<std::optional<LogEntry>> LogReader::next() {
  while (true) {
    auto line = file_.next();
    if (!line) return line.error();
    if (!*line) return std::optional<LogEntry>();
    const TextLine& text = **line;
    if (text.too_long) {
      return std::optional(LogEntry{text.number, Error(ErrorCode::decode, "the line is too long")});
    }
    auto parsed = parser_.parse(text.text);
    if (!parsed) return std::optional(LogEntry{text.number, parsed.error()});
    if (*parsed) return std::optional(LogEntry{text.number, **std::move(parsed)});
  }
}

}  // namespace kith::replay
