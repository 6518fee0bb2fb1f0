// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "cli/replay/access_log.hpp"
#include "core/result.hpp"

namespace kith::replay {

/// Longest line that is read; a longer one is skipped and counts as unreadable.
inline constexpr std::size_t line_size_bytes_max = 16U << 20U;

/// One line of a file. Thread-safety: plain value; `text` is valid until the next line is read.
struct TextLine {
  std::uint64_t number = 0;  ///< from 1
  std::string_view text;     ///< without the line end; empty if too long
  bool too_long = false;
};

/// Reads a text file line by line in constant memory. Lines end with a line feed, which the last
/// may lack. NUL bytes are bytes like others; a byte order mark at the start is skipped.
/// Thread-safety: none; one owner.
class LogFile {
 public:
  /// Opens a file, or standard input for "-". Errors: `not_found`, `invalid_argument` for a
  /// directory, a device or a compressed file, `input_output` if it cannot be read.
  static Result<LogFile> open(const std::string& path);

  /// Returns the next line, nullopt at the end. Errors: `input_output`.
  [[nodiscard]] Result<std::optional<TextLine>> next();
  /// Returns the number of bytes of the lines read so far.
  [[nodiscard]] std::uint64_t bytes_read() const { return bytes_read_; }
  /// Returns the size of the file when it was opened, nullopt for a pipe.
  [[nodiscard]] std::optional<std::uint64_t> size_bytes() const { return size_bytes_; }

 private:
  struct Close {
    void operator()(std::FILE* file) const;
  };
  LogFile(std::string path, std::unique_ptr<std::FILE, Close> file);
  Result<void> fill();
  Result<void> check_beginning();
  [[nodiscard]] TextLine take(std::size_t size, std::size_t end_size);

  std::string path_;
  std::unique_ptr<std::FILE, Close> file_;
  std::optional<std::uint64_t> size_bytes_;
  std::string buffer_;
  std::size_t begin_ = 0;    // of the unread part
  std::size_t scanned_ = 0;  // no line feed before this offset
  bool at_end_ = false;
  bool passing_over_ = false;  // inside a line that is too long
  std::uint64_t lines_ = 0;
  std::uint64_t bytes_read_ = 0;
};

/// A non-empty line: its content or the reason why it is unreadable. Thread-safety: plain value.
struct LogEntry {
  std::uint64_t number = 0;
  Result<LogLine> line;
};

/// Reads an access log: a file and the parser of its lines. Thread-safety: none; one owner.
class LogReader {
 public:
  LogReader(LogFile file, AccessLogParser parser)
      : file_(std::move(file)), parser_(std::move(parser)) {}

  /// Returns the next non-empty line, nullopt at the end. Errors: `input_output`.
  [[nodiscard]] Result<std::optional<LogEntry>> next();
  [[nodiscard]] const LogFile& file() const { return file_; }

 private:
  LogFile file_;
  AccessLogParser parser_;
};

}  // namespace kith::replay
