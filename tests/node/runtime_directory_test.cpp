// SPDX-License-Identifier: Apache-2.0
#include "node/runtime_directory.hpp"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace kith::node {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

class RuntimeDirectoryTest : public ::testing::Test {
 protected:
  RuntimeDirectoryTest() {
    std::string pattern = (fs::temp_directory_path() / "kith-test-XXXXXX").string();
    home_ = mkdtemp(pattern.data());
  }
  ~RuntimeDirectoryTest() override { fs::remove_all(home_); }

  [[nodiscard]] std::string path() const { return home_ + "/deep/kith"; }
  [[nodiscard]] std::string file_of(const std::string& name) const {
    return path() + "/kith." + name + "." + std::to_string(getpid()) + ".json";
  }

  std::string home_;
};

/// Returns the id of a process that has ended and was reaped.
int ended_process() {
  const pid_t process = fork();
  if (process == 0) _exit(0);
  waitpid(process, nullptr, 0);
  return process;
}

TEST_F(RuntimeDirectoryTest, GivesBackWhatWasWritten) {
  const RuntimeDirectory directory(path());
  const RuntimeRecord a{"kith", "a", "127.0.0.1:7400", getpid()};
  const RuntimeRecord b{"kith", "b/../c", "127.0.0.1:7401", getpid()};
  directory.write(a).value();
  directory.write(b).value();
  EXPECT_THAT(directory.records().value(), UnorderedElementsAre(a, b));
  EXPECT_EQ(fs::status(path()).permissions(), fs::perms::owner_all);
}

TEST_F(RuntimeDirectoryTest, TheNewestIsFirst) {
  const RuntimeDirectory directory(path());
  const RuntimeRecord a{"kith", "a", "127.0.0.1:7400", getpid()};
  const RuntimeRecord b{"kith", "b", "127.0.0.1:7401", getpid()};
  directory.write(a).value();
  directory.write(b).value();
  const auto now = fs::file_time_type::clock::now();
  fs::last_write_time(file_of("a"), now);
  fs::last_write_time(file_of("b"), now - std::chrono::hours(1));
  EXPECT_THAT(directory.records().value(), ElementsAre(a, b));
}

TEST_F(RuntimeDirectoryTest, ForgetsDaemonsThatHaveEnded) {
  const RuntimeDirectory directory(path());
  directory.write({"kith", "dead", "127.0.0.1:7400", ended_process()}).value();
  EXPECT_THAT(directory.records().value(), IsEmpty());
  EXPECT_TRUE(fs::is_empty(path()));
}

TEST_F(RuntimeDirectoryTest, RemovesItsOwnRecordOnly) {
  const RuntimeDirectory directory(path());
  const RuntimeRecord own{"kith", "a", "127.0.0.1:7400", getpid()};
  const RuntimeRecord twin{"kith", "a", "127.0.0.1:7401", getppid()};
  directory.write(own).value();
  directory.write(twin).value();
  EXPECT_THAT(directory.records().value(), UnorderedElementsAre(own, twin));
  directory.remove(twin).value();
  EXPECT_THAT(directory.records().value(), ElementsAre(own));
  directory.remove(own).value();
  directory.remove(own).value();
  EXPECT_THAT(directory.records().value(), IsEmpty());
}

TEST_F(RuntimeDirectoryTest, PassesOverWhatIsNoRecord) {
  const RuntimeDirectory directory(path());
  const RuntimeRecord a{"kith", "a", "127.0.0.1:7400", getpid()};
  directory.write(a).value();
  std::ofstream(path() + "/broken.json") << "{\"name\":";
  std::ofstream(path() + "/other.txt") << "hello";
  EXPECT_THAT(directory.records().value(), ElementsAre(a));
}

TEST_F(RuntimeDirectoryTest, NoFolderMeansNoRecords) {
  EXPECT_THAT(RuntimeDirectory(path()).records().value(), IsEmpty());
  EXPECT_THAT(RuntimeDirectory("").records().value(), IsEmpty());
}

TEST_F(RuntimeDirectoryTest, RefusesAFolderThatOthersMayEnter) {
  const RuntimeDirectory directory(home_);
  chmod(home_.c_str(), 0755);
  EXPECT_EQ(directory.records().error().code(), ErrorCode::unauthorised);
  EXPECT_EQ(directory.write({"kith", "a", "127.0.0.1:7400", getpid()}).error().code(),
            ErrorCode::unauthorised);
}

TEST_F(RuntimeDirectoryTest, RefusesALinkInPlaceOfTheFolder) {
  fs::create_directory_symlink(home_, home_ + "-link");
  const RuntimeDirectory directory(home_ + "-link");
  EXPECT_FALSE(directory.write({"kith", "a", "127.0.0.1:7400", getpid()}));
  EXPECT_FALSE(directory.records());
  fs::remove(home_ + "-link");
}

TEST_F(RuntimeDirectoryTest, TheEnvironmentChooses) {
  const char* before = std::getenv("XDG_RUNTIME_DIR");
  const std::string saved = before == nullptr ? "" : before;
  unsetenv("KITH_RUNTIME_DIR");
  unsetenv("XDG_RUNTIME_DIR");
  EXPECT_EQ(RuntimeDirectory::default_path(), "/tmp/kith-" + std::to_string(geteuid()));
  setenv("XDG_RUNTIME_DIR", "/run/user/7", 1);
  EXPECT_EQ(RuntimeDirectory::default_path(), "/run/user/7/kith");
  setenv("KITH_RUNTIME_DIR", "/elsewhere", 1);
  EXPECT_EQ(RuntimeDirectory::default_path(), "/elsewhere");
  setenv("KITH_RUNTIME_DIR", "", 1);
  EXPECT_EQ(RuntimeDirectory::default_path(), "");
  unsetenv("KITH_RUNTIME_DIR");
  if (saved.empty())
    unsetenv("XDG_RUNTIME_DIR");
  else
    setenv("XDG_RUNTIME_DIR", saved.c_str(), 1);
}

}  // namespace
}  // namespace kith::node
