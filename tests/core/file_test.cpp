// SPDX-License-Identifier: Apache-2.0
#include "core/file.hpp"

#include <cerrno>
#include <csignal>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <functional>
#include <set>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>
#include <vector>

#include <gtest/gtest.h>

namespace kith {
namespace {

namespace fs = std::filesystem;

/// A temporary directory that is removed afterwards.
class Files : public ::testing::Test {
 protected:
  fs::path folder = fs::path(::testing::TempDir()) / ("files-" + std::to_string(getpid()));
  std::string path = (folder / "file").string();

  void SetUp() override { fs::create_directories(folder); }
  void TearDown() override { fs::remove_all(folder); }

  static Result<void> write(const std::string& to, std::string_view text) {
    return write_file(to, as_bytes(text));
  }
  static std::string content(const std::string& from) {
    return std::string(as_text(read_file(from).value()));
  }
  [[nodiscard]] std::set<std::string> names() const {
    std::set<std::string> all;
    for (const auto& entry : fs::directory_iterator(folder)) all.insert(entry.path().filename());
    return all;
  }
  static struct stat about(const std::string& of) {
    struct stat found{};
    EXPECT_EQ(lstat(of.c_str(), &found), 0) << of;
    return found;
  }
  static mode_t mode(const std::string& of) { return about(of).st_mode & 07777U; }
  static void refuses(const std::string& to, std::string_view says) {
    const auto written = write(to, "new");
    ASSERT_FALSE(written) << to;
    EXPECT_EQ(written.error().code(), ErrorCode::input_output);
    EXPECT_NE(written.error().text().find(says), std::string::npos) << written.error().text();
    EXPECT_NE(written.error().text().find(to), std::string::npos) << written.error().text();
  }
};

TEST_F(Files, ANewFileHasTheModeThatOtherNewFilesHave) {
  std::ofstream(folder / "other") << "x";
  ASSERT_TRUE(write(path, "new"));
  EXPECT_EQ(content(path), "new");
  EXPECT_EQ(mode(path), mode(folder / "other"));
  EXPECT_EQ(names(), (std::set<std::string>{"file", "other"}));
}

TEST_F(Files, AnOldFileKeepsItsMode) {
  for (const mode_t each : {0600U, 0640U, 0666U, 0755U, 01600U}) {
    ASSERT_TRUE(write(path, "old"));
    ASSERT_EQ(chmod(path.c_str(), each), 0);
    ASSERT_TRUE(write(path, "new"));
    EXPECT_EQ(mode(path), each);
    EXPECT_EQ(content(path), "new");
  }
}

TEST_F(Files, AnOldFileKeepsItsOwnerAndGroup) {
  if (geteuid() != 0) GTEST_SKIP() << "only root may give files away";
  constexpr uid_t other = 4242;
  ASSERT_TRUE(write(path, "old"));
  ASSERT_EQ(chown(path.c_str(), other, other + 1), 0);
  ASSERT_TRUE(write(path, "new"));
  EXPECT_EQ(about(path).st_uid, other);
  EXPECT_EQ(about(path).st_gid, other + 1);
  EXPECT_EQ(content(path), "new");
}

TEST_F(Files, LinksAreFollowed) {
  fs::create_directories(folder / "sub");
  const std::string target = folder / "sub" / "target";
  ASSERT_TRUE(write(target, "old"));
  fs::create_symlink("sub/target", folder / "inner");
  fs::create_symlink(folder / "inner", path);
  ASSERT_TRUE(write(path, "new"));
  EXPECT_TRUE(fs::is_symlink(path));
  EXPECT_TRUE(fs::is_symlink(folder / "inner"));
  EXPECT_EQ(content(target), "new");
}

TEST_F(Files, ALinkToNothingMakesTheFileItNames) {
  fs::create_symlink("target", path);
  ASSERT_TRUE(write(path, "new"));
  EXPECT_TRUE(fs::is_symlink(path));
  EXPECT_EQ(content(folder / "target"), "new");
}

TEST_F(Files, LinksInACircleAreAnError) {
  fs::create_symlink("file", folder / "other");
  fs::create_symlink("other", path);
  refuses(path, "symbolic links");
  EXPECT_TRUE(fs::is_symlink(path));
}

TEST_F(Files, OtherHardLinksKeepTheOldContent) {
  ASSERT_TRUE(write(path, "old"));
  fs::create_hard_link(path, folder / "backup");
  ASSERT_TRUE(write(path, "new"));
  EXPECT_EQ(content(folder / "backup"), "old");
}

TEST_F(Files, ADeviceIsWrittenToAndStaysADevice) {
  ASSERT_TRUE(write("/dev/null", "new"));
  EXPECT_TRUE(S_ISCHR(about("/dev/null").st_mode));
  refuses("/dev/full", "No space left on device");
  EXPECT_TRUE(S_ISCHR(about("/dev/full").st_mode));
  fs::create_symlink("/dev/full", path);
  refuses(path, "No space left on device");
  EXPECT_TRUE(fs::is_symlink(path));
}

TEST_F(Files, APipeIsWrittenToAndStaysAPipe) {
  ASSERT_EQ(mkfifo(path.c_str(), 0600), 0);
  std::string read;
  {
    const std::jthread reader([&] { read = content(path); });
    EXPECT_TRUE(write(path, "new"));
  }
  EXPECT_EQ(read, "new");
  EXPECT_TRUE(fs::is_fifo(path));
}

TEST_F(Files, AFolderASocketAndADiskAreRefused) {
  refuses(folder, "it is a folder");
  refuses(folder.string() + "/", "it is a folder");
  const int number = socket(AF_UNIX, SOCK_STREAM, 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, sizeof(address.sun_path) - 1);
  ASSERT_EQ(bind(number, reinterpret_cast<const sockaddr*>(&address), sizeof(address)), 0);
  refuses(path, "it is a socket");
  close(number);
  const std::string disk = folder / "disk";
  if (mknod(disk.c_str(), S_IFBLK | 0600, makedev(7, 200)) == 0) refuses(disk, "it is a disk");
}

TEST_F(Files, AnOpenFileIsWrittenToAtItsPlace) {
  const int number = open(path.c_str(), O_WRONLY | O_CREAT, 0600);
  ASSERT_EQ(::write(number, "begin ", 6), 6);
  const ino_t before = about(path).st_ino;
  const std::string name = std::to_string(number);
  ASSERT_TRUE(write("/dev/fd/" + name, "one "));
  fs::create_symlink("/proc/self/fd/" + name, folder / "link");
  ASSERT_TRUE(write(folder / "link", "two"));
  close(number);
  EXPECT_EQ(content(path), "begin one two");
  EXPECT_EQ(about(path).st_ino, before);
}

TEST_F(Files, WhatIsWrittenToAPipeThatDoesNotWaitArrivesAsAWhole) {
  int pipe[2];
  ASSERT_EQ(pipe2(pipe, O_NONBLOCK), 0);
  const std::string large(1U << 20U, 'x');
  Bytes read;
  {
    const std::jthread reader([&] { read = read_descriptor(pipe[0], "pipe").value(); });
    EXPECT_TRUE(write_descriptor(pipe[1], as_bytes(large), "pipe"));
    close(pipe[1]);
  }
  close(pipe[0]);
  EXPECT_EQ(as_text(read), large);
}

/// Runs a function in a child process, because it changes limits of the process.
void in_another_process(const std::function<bool()>& work) {
  const pid_t child = fork();
  if (child == 0) _exit(work() ? 0 : 1);
  int status = 0;
  waitpid(child, &status, 0);
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << status;
}

TEST_F(Files, AFileThatGrowsTooLargeLeavesTheOldOneAndNoDraft) {
  ASSERT_TRUE(write(path, "old"));
  in_another_process([&] {
    signal(SIGXFSZ, SIG_IGN);
    const rlimit small{.rlim_cur = 4096, .rlim_max = 4096};
    setrlimit(RLIMIT_FSIZE, &small);
    const auto written = write(path, std::string(10'000, 'x'));
    return !written && written.error().text().find("the old file is as") != std::string::npos;
  });
  EXPECT_EQ(content(path), "old");
  EXPECT_EQ(names(), std::set<std::string>{"file"});
}

TEST_F(Files, WhatMayNotBeWrittenIsNotReplaced) {
  ASSERT_TRUE(write(path, "old"));
  ASSERT_EQ(chmod(path.c_str(), 0444), 0);
  ASSERT_EQ(chmod(folder.c_str(), 0777), 0);
  in_another_process([&] {
    if (geteuid() == 0 && setuid(4242) != 0) return false;
    const auto written = write(path, "new");
    return !written && written.error().text().find("Permission denied") != std::string::npos;
  });
  EXPECT_EQ(content(path), "old");
}

TEST_F(Files, AFileWhoseOwnerCannotBeKeptIsNotReplaced) {
  if (geteuid() != 0) GTEST_SKIP() << "needs a file of another user";
  ASSERT_TRUE(write(path, "old"));
  ASSERT_EQ(chmod(path.c_str(), 0666), 0);
  ASSERT_EQ(chmod(folder.c_str(), 0777), 0);
  in_another_process([&] {
    if (setuid(4242) != 0) return false;
    const auto written = write(path, "new");
    return !written && written.error().text().find("owner") != std::string::npos;
  });
  EXPECT_EQ(content(path), "old");
  EXPECT_EQ(about(path).st_uid, 0U);
  EXPECT_EQ(names(), std::set<std::string>{"file"});
}

TEST_F(Files, TheDraftOfAProcessThatWasKilledGoesWithTheNextWriting) {
  in_another_process([&] {  // leaves a half-written draft
    const std::string draft = folder / (".kith-draft-" + std::to_string(getpid()) + "-0");
    return ::write(open(draft.c_str(), O_WRONLY | O_CREAT, 0600), "half", 4) == 4;
  });
  ASSERT_EQ(names().size(), 1U);
  ASSERT_TRUE(write(path, "new"));
  EXPECT_EQ(names(), std::set<std::string>{"file"});
}

TEST_F(Files, TheDraftOfAProcessThatStillWritesStays) {
  const std::string draft = folder / ".kith-draft-1-0";
  const int writing = open(draft.c_str(), O_WRONLY | O_CREAT, 0600);
  ASSERT_EQ(flock(writing, LOCK_EX), 0);
  ASSERT_TRUE(write(path, "new"));
  EXPECT_EQ(names(), (std::set<std::string>{".kith-draft-1-0", "file"}));
  close(writing);
}

TEST_F(Files, OneOfThoseThatAreWrittenAtOnceStaysAsAWhole) {
  const std::string one(100'000, '1');
  const std::string two(50'000, '2');
  {
    std::vector<std::jthread> threads;
    for (const std::string& each : {one, two, one, two}) {
      threads.emplace_back([text = each, this] {
        for (int i = 0; i < 25; ++i) EXPECT_TRUE(write(path, text));
      });
    }
  }
  EXPECT_TRUE(content(path) == one || content(path) == two);
  EXPECT_EQ(names(), std::set<std::string>{"file"});
}

TEST_F(Files, TheNameOfAFileMayBeAsLongAsNamesCanBe) {
  const std::string name(255, 'n');
  ASSERT_TRUE(write(folder / name, "new"));
  ASSERT_TRUE(write(folder / name, "newer"));
  EXPECT_EQ(names(), std::set<std::string>{name});
}

TEST_F(Files, AMissingFolderIsNotFound) {
  EXPECT_EQ(write(folder / "missing" / "file", "x").error().code(), ErrorCode::not_found);
  EXPECT_EQ(write("", "x").error().code(), ErrorCode::not_found);
  EXPECT_EQ(read_file(path).error().code(), ErrorCode::not_found);
  EXPECT_EQ(read_file(folder).error().code(), ErrorCode::input_output);
}

TEST_F(Files, ADeviceWithoutEndIsGivenUpWhenItDoesNotBeginAsItShould) {
  EXPECT_FALSE(as_text(read_file("/dev/zero", "KITH").value()).starts_with("KITH"));
}

}  // namespace
}  // namespace kith
