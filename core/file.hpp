// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "core/bytes.hpp"
#include "core/result.hpp"

/// Reads and writes whole files that a user names. Errors of all functions: `not_found` (no such
/// file or folder), `input_output`; the text names the path and says why.
/// Thread-safety: any thread; all block it.
namespace kith {

/// Reads a file, a pipe or a device to its end. Stops after the first part if that does not start
/// with `begin`, since a device may have no end.
[[nodiscard]] Result<Bytes> read_file(const std::string& path, std::string_view begin = {});
/// Reads an open descriptor in the same way; errors call it `name`.
[[nodiscard]] Result<Bytes> read_descriptor(int descriptor, const std::string& name,
                                            std::string_view begin = {});

/// Replaces the content of a file atomically: writes a draft in the same folder, flushes it to the
/// disk and renames it. If that fails the old file is unchanged. Follows symbolic links and keeps
/// the file's mode, owner and group (other hard links keep the old content); refuses files for
/// which it cannot keep them and files that are not writable. Writes to pipes, terminals and
/// devices such as /dev/stdout and /dev/null directly; refuses folders, disks and sockets.
[[nodiscard]] Result<void> write_file(const std::string& path, BytesView content);
/// Writes all of `content` to an open descriptor; errors call it `name`.
[[nodiscard]] Result<void> write_descriptor(int descriptor, BytesView content,
                                            const std::string& name);

}  // namespace kith
