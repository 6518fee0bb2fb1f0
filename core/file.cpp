// SPDX-License-Identifier: Apache-2.0
#include "core/file.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <dirent.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <memory>
#include <poll.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>
#include <utility>

#include <climits>

namespace kith {
namespace {

/// Symbolic links that are followed, as many as the kernel follows.
constexpr int links_max = 40;
/// Files that this process may write in one folder at the same time.
constexpr unsigned drafts_max = 1000;
/// Prefix of the names of drafts. The name of the file is not part of them, since it may already
/// have the maximum length.
constexpr std::string_view draft_prefix = ".kith-draft-";
constexpr mode_t mode_mask = 07777;

Error refused(const std::string& path, const std::string& why) {
  return {ErrorCode::input_output, "cannot write '" + path + "': " + why};
}

Error system_error(const std::string& what, const std::string& path, const std::string& more = {}) {
  const int code = errno;
  return {code == ENOENT ? ErrorCode::not_found : ErrorCode::input_output,
          what + " '" + path + "': " + std::strerror(code) + more};
}

/// Owns an open descriptor.
class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  ~Descriptor() {
    if (number_ >= 0) close(number_);
  }
  Descriptor(Descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(number_, other.number_);
    return *this;
  }
  [[nodiscard]] bool is_open() const { return number_ >= 0; }
  [[nodiscard]] int number() const { return number_; }

 private:
  int number_;
};

/// Waits until a descriptor is ready: another program may have made it non-blocking.
void wait_for(int descriptor, short event) {
  pollfd ready{.fd = descriptor, .events = event, .revents = 0};
  poll(&ready, 1, -1);
}

/// Returns the folder of a path, with a slash at its end.
std::string folder_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string::npos ? "./" : path.substr(0, slash + 1);
}

/// The target of a path after following all symbolic links.
struct Place {
  std::string path;
  bool exists = false;
  bool is_descriptor = false;  ///< a link to an open file, such as /dev/stdout
  struct stat about{};
};

/// True for a link of procfs, which leads to an open file whatever readlink(2) returns for it.
bool leads_to_open_file(const std::string& link) {
  const Descriptor itself(open(link.c_str(), O_PATH | O_NOFOLLOW | O_CLOEXEC));
  struct statfs system{};
  return itself.is_open() && fstatfs(itself.number(), &system) == 0 &&
         system.f_type == PROC_SUPER_MAGIC;
}

Result<Place> follow(const std::string& path) {
  Place place{.path = path};
  for (int links = 0; links <= links_max; ++links) {
    if (lstat(place.path.c_str(), &place.about) != 0) {
      if (errno == ENOENT) return place;
      return system_error("cannot write", path);
    }
    place.exists = !S_ISLNK(place.about.st_mode);
    if (place.exists) return place;
    if (leads_to_open_file(place.path)) {
      place.is_descriptor = true;
      place.exists = stat(place.path.c_str(), &place.about) == 0;
      return place;
    }
    std::array<char, PATH_MAX> target{};
    const ssize_t size = readlink(place.path.c_str(), target.data(), target.size());
    if (size < 0) return system_error("cannot write", path);
    const std::string to(target.data(), static_cast<std::size_t>(size));
    place.path = to.starts_with('/') ? to : folder_of(place.path) + to;
  }
  errno = ELOOP;
  return system_error("cannot write", path);
}

// --- pipes, terminals and devices -------------------------------------------------------

/// Opens a stream for writing. A descriptor of this process is duplicated, which keeps its offset;
/// opening it by path would start at the beginning.
Descriptor open_stream(const Place& place) {
  for (const std::string_view folder : {"/proc/self/fd/", "/dev/fd/"}) {
    if (!place.is_descriptor || !place.path.starts_with(folder)) continue;
    const std::string_view digits = std::string_view(place.path).substr(folder.size());
    int number = -1;
    std::from_chars(digits.data(), digits.data() + digits.size(), number);
    return Descriptor(fcntl(number, F_DUPFD_CLOEXEC, 0));
  }
  return Descriptor(open(place.path.c_str(), O_WRONLY | O_APPEND | O_NOCTTY | O_CLOEXEC));
}

Result<void> write_stream(const Place& place, BytesView content, const std::string& path) {
  const Descriptor stream = open_stream(place);
  if (!stream.is_open()) return system_error("cannot write", path);
  return write_descriptor(stream.number(), content, path);
}

// --- drafts -------------------------------------------------------------------------------

/// A temporary file in a folder, deleted at the end of its scope unless it was renamed. It is
/// locked while it is open, so that a draft without a lock was left by a process that was killed.
class Draft {
 public:
  Draft(const std::string& folder, mode_t mode) {
    for (unsigned number = 0; number < drafts_max; ++number) {
      name_ = folder + std::string(draft_prefix) + std::to_string(getpid()) + "-" +
              std::to_string(number);
      file_ = Descriptor(open(name_.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, mode));
      if (!file_.is_open() && errno != EEXIST) return;
      if (file_.is_open() && is_locked_in_time()) return;
      file_ = Descriptor(-1);
    }
  }
  ~Draft() {
    if (file_.is_open()) unlink(name_.c_str());
  }
  Draft(const Draft&) = delete;
  Draft& operator=(const Draft&) = delete;

  [[nodiscard]] bool is_open() const { return file_.is_open(); }
  [[nodiscard]] int number() const { return file_.number(); }
  /// Renames the draft to `path`; false with `errno` if that fails.
  [[nodiscard]] bool become(const std::string& path) {
    if (rename(name_.c_str(), path.c_str()) != 0) return false;
    file_ = Descriptor(-1);
    return true;
  }

 private:
  /// Locks the draft; false if another process removed it as left over before that.
  [[nodiscard]] bool is_locked_in_time() const {
    struct stat about{};
    static_cast<void>(flock(number(), LOCK_EX));  // without support for locks no draft is removed
    return fstat(number(), &about) == 0 && about.st_nlink > 0;
  }

  std::string name_;
  Descriptor file_{-1};
};

/// Removes a draft whose process was killed. After locking it checks that the name still refers to
/// the locked file, since its owner may have renamed it meanwhile.
void remove_left(int folder, const char* name) {
  const Descriptor file(openat(folder, name, O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  if (!file.is_open() || flock(file.number(), LOCK_EX | LOCK_NB) != 0) return;
  struct stat locked{};
  struct stat named{};
  const bool is_same = fstat(file.number(), &locked) == 0 &&
                       fstatat(folder, name, &named, 0) == 0 && locked.st_ino == named.st_ino &&
                       locked.st_dev == named.st_dev;
  if (is_same && S_ISREG(locked.st_mode)) unlinkat(folder, name, 0);
}

void remove_left_drafts(const std::string& folder) {
  const std::unique_ptr<DIR, int (*)(DIR*)> entries(opendir(folder.c_str()), &closedir);
  if (!entries) return;
  while (const dirent* const entry = readdir(entries.get())) {
    if (std::string_view(entry->d_name).starts_with(draft_prefix)) {
      remove_left(dirfd(entries.get()), entry->d_name);
    }
  }
}

/// Copies owner, group and mode of the old file to the draft; false with `errno` if that fails.
bool take_over(const Draft& draft, const struct stat& old) {
  struct stat mine{};
  if (fstat(draft.number(), &mine) != 0) return false;
  const bool is_same = mine.st_uid == old.st_uid && mine.st_gid == old.st_gid;
  if (!is_same && fchown(draft.number(), old.st_uid, old.st_gid) != 0) return false;
  return fchmod(draft.number(), old.st_mode & mode_mask) == 0;
}

/// Replaces a regular file. The draft has the mode of the old file before it has any content. It is
/// flushed before the rename, so that a crash leaves the old or the new content, and the folder
/// after it, so that the rename is durable.
Result<void> replace(const Place& place, BytesView content, const std::string& path) {
  if (place.exists && faccessat(AT_FDCWD, place.path.c_str(), W_OK, AT_EACCESS) != 0) {
    return system_error("cannot write", path);
  }
  const std::string folder = folder_of(place.path);
  remove_left_drafts(folder);
  constexpr mode_t for_all = 0666;
  constexpr mode_t for_owner = 0600;
  Draft draft(folder, place.exists ? for_owner : for_all);
  if (!draft.is_open()) return system_error("cannot write", path, " (a draft beside it)");
  if (place.exists && !take_over(draft, place.about)) {
    return system_error("cannot write", path,
                        "; its owner and mode could not be kept, so write to another file");
  }
  if (const auto written = write_descriptor(draft.number(), content, path); !written) {
    return Error(written.error().code(),
                 written.error().text() + (place.exists ? "; the old file is as it was" : ""));
  }
  if (fsync(draft.number()) != 0 || !draft.become(place.path)) {
    return system_error("cannot write", path);
  }
  const Descriptor flushed(open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (flushed.is_open() && fsync(flushed.number()) != 0 && errno != EINVAL) {
    return system_error("cannot flush the folder of", path, "; the file is written");
  }
  return {};
}

}  // namespace

Result<void> write_descriptor(int descriptor, BytesView content, const std::string& name) {
  while (!content.empty()) {
    const ssize_t written = write(descriptor, content.data(), content.size());
    if (written >= 0) {
      content = content.subspan(static_cast<std::size_t>(written));
    } else if (errno == EAGAIN) {
      wait_for(descriptor, POLLOUT);
    } else if (errno != EINTR) {
      return system_error("cannot write", name);
    }
  }
  return {};
}

Result<void> write_file(const std::string& path, BytesView content) {
  const auto place = follow(path);
  if (!place) return place.error();
  if (!place->exists && !place->is_descriptor) return replace(*place, content, path);
  const mode_t mode = place->about.st_mode;
  if (place->is_descriptor || S_ISCHR(mode) || S_ISFIFO(mode)) {
    return write_stream(*place, content, path);
  }
  if (S_ISREG(mode)) return replace(*place, content, path);
  const std::string what = S_ISDIR(mode)   ? "a folder"
                           : S_ISBLK(mode) ? "a disk, whose content would be lost"
                                           : "a socket";
  return refused(path, "it is " + what + "; name a file");
}

Result<Bytes> read_descriptor(int descriptor, const std::string& name, std::string_view begin) {
  constexpr std::size_t step = 1U << 20U;
  struct stat about{};
  if (fstat(descriptor, &about) != 0) return system_error("cannot read", name);
  const std::size_t first = std::max(step, static_cast<std::size_t>(about.st_size) + 1);
  Bytes content;
  for (;;) {
    const std::size_t size = content.size();
    content.resize(size + (size == 0 ? first : step));
    const ssize_t count = read(descriptor, content.data() + size, content.size() - size);
    content.resize(size + static_cast<std::size_t>(std::max<ssize_t>(count, 0)));
    if (count < 0 && errno == EAGAIN) {
      wait_for(descriptor, POLLIN);
    } else if (count < 0 && errno != EINTR) {
      return system_error("cannot read", name);
    }
    const bool may_go_on = content.size() < begin.size() || as_text(content).starts_with(begin);
    if (count == 0 || !may_go_on) return content;
  }
}

Result<Bytes> read_file(const std::string& path, std::string_view begin) {
  const Descriptor file(open(path.c_str(), O_RDONLY | O_NOCTTY | O_CLOEXEC));
  if (!file.is_open()) return system_error("cannot read", path);
  return read_descriptor(file.number(), path, begin);
}

}  // namespace kith
