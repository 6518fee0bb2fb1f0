#pragma once

#include <string>
#include <string_view>

#include "core/bytes.hpp"
#include "core/result.hpp"

/// The door to files that a user names: whole contents in and out. Errors of all functions:
/// `not_found` (no such file or folder), `input_output`; the text names the path and says why.
/// Thread-safety: any thread; all block it.
namespace kith {

/// Reads all there is, of a file, a pipe or a device. What does not begin with `begin` is given up
/// after its first part, since a device may have no end.
[[nodiscard]] Result<Bytes> read_file(const std::string& path, std::string_view begin = {});
/// The same of an open descriptor, which errors call `name`.
[[nodiscard]] Result<Bytes> read_descriptor(int descriptor, const std::string& name,
                                            std::string_view begin = {});

/// Writes a file that is there as a whole or not at all: a draft beside it is written, flushed to
/// the disk and renamed; when that fails the old file is as it was. Links are followed, and the
/// file keeps its mode, owner and group (other hard links keep the old content); one that keeps
/// them not, or that may not be written to, is refused. Pipes, terminals and devices such as
/// /dev/stdout and /dev/null are written to; folders, disks and sockets are refused.
[[nodiscard]] Result<void> write_file(const std::string& path, BytesView content);
/// Writes all to an open descriptor, which errors call `name`.
[[nodiscard]] Result<void> write_descriptor(int descriptor, BytesView content,
                                            const std::string& name);

}  // namespace kith
