// SPDX-License-Identifier: Apache-2.0
#include "cli/start_options.hpp"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <unistd.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace kith::cli {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

/// Gives each test an environment without settings and a temporary file.
class StartOptions : public ::testing::Test {
 protected:
  void SetUp() override { forget_environment_settings(); }
  void TearDown() override {
    forget_environment_settings();
    std::filesystem::remove(path_);
  }

  std::string write_file(const std::string& text) {
    std::ofstream(path_) << text;
    return path_;
  }

  std::string path_ = (std::filesystem::temp_directory_path() /
                       ("kith-start-options-" + std::to_string(getpid()) + ".toml"))
                          .string();
};

TEST_F(StartOptions, WithoutSettingsANodeListensOnLoopback) {
  const auto options = daemon_options({}).value();
  EXPECT_EQ(options.node.listen, "127.0.0.1:7400");
  EXPECT_FALSE(options.port_was_chosen);
  EXPECT_FALSE(options.node.insecure);
  EXPECT_EQ(options.node.cluster, "kith");
  EXPECT_EQ(options.log_level, LogLevel::info);
}

TEST_F(StartOptions, FlagsGoBeforeEnvironmentBeforeFile) {
  const std::string file = write_file("name = 'file'\ncluster = 'file'\nadvertise = 'file:1'\n");
  setenv("KITH_CONFIG", file.c_str(), 1);
  setenv("KITH_NAME", "environment", 1);
  setenv("KITH_CLUSTER", "environment", 1);
  const auto settings = collect_settings({{"name", {"flag", "--name"}}}).value();
  const auto options = daemon_options(settings).value();
  EXPECT_EQ(options.node.name, "flag");
  EXPECT_EQ(options.node.cluster, "environment");
  EXPECT_EQ(options.node.advertise, "file:1");
  EXPECT_EQ(settings.at("cluster").origin, "KITH_CLUSTER");
}

TEST_F(StartOptions, AFileMaySetEverything) {
  const auto settings = settings_from_toml(R"(
name = "web-1"
cluster = "shop"
listen = "10.0.0.5:7400"
advertise = "web-1:7400"
seeds = ["10.0.0.6:7400", "10.0.0.7:7400"]
insecure = true
profile = "compose"
workers = 3
log_level = "debug"
log_format = "json"
runtime_dir = "/run/kith"
)",
                                           "kith.toml")
                            .value();
  const auto options = daemon_options(settings).value();
  EXPECT_EQ(options.node.name, "web-1");
  EXPECT_EQ(options.node.listen, "10.0.0.5:7400");
  EXPECT_TRUE(options.port_was_chosen);
  EXPECT_THAT(options.node.seeds, ElementsAre("10.0.0.6:7400", "10.0.0.7:7400"));
  EXPECT_TRUE(options.node.insecure);
  EXPECT_EQ(options.node.profile, Profile::compose);
  EXPECT_EQ(options.node.workers, 3);
  EXPECT_EQ(options.log_level, LogLevel::debug);
  EXPECT_EQ(options.log_format, LogFormat::json);
  EXPECT_EQ(options.runtime_directory, "/run/kith");
}

TEST_F(StartOptions, AnUnknownKeyIsNamedWithItsPlaceAndTheNearest) {
  const auto settings = settings_from_toml("name = 'a'\nclustr = 'b'\n", "kith.toml");
  ASSERT_FALSE(settings);
  EXPECT_THAT(settings.error().text(), HasSubstr("kith.toml:2:1"));
  EXPECT_THAT(settings.error().text(), HasSubstr("'clustr'"));
  EXPECT_THAT(settings.error().text(), HasSubstr("did you mean 'cluster'?"));
}

TEST_F(StartOptions, AWrongTypeIsNamedWithWhatIsExpected) {
  const auto number = settings_from_toml("workers = 'many'", "kith.toml");
  ASSERT_FALSE(number);
  EXPECT_THAT(number.error().text(), HasSubstr("'workers' must be a number"));
  const auto list = settings_from_toml("seeds = [1, 2]", "kith.toml");
  ASSERT_FALSE(list);
  EXPECT_THAT(list.error().text(), HasSubstr("'seeds' must be a list of strings"));
  EXPECT_FALSE(settings_from_toml("[name]\nx = 1", "kith.toml"));
}

TEST_F(StartOptions, BrokenTomlIsNamedWithItsLine) {
  const auto settings = settings_from_toml("name = 'a'\nlisten = \n", "kith.toml");
  ASSERT_FALSE(settings);
  EXPECT_EQ(settings.error().code(), ErrorCode::invalid_argument);
  EXPECT_THAT(settings.error().text(), HasSubstr("kith.toml:2"));
}

TEST_F(StartOptions, AMissingFileIsNotFound) {
  const auto settings = collect_settings({{"config", {"/nowhere/kith.toml", "--config"}}});
  ASSERT_FALSE(settings);
  EXPECT_EQ(settings.error().code(), ErrorCode::not_found);
  EXPECT_THAT(settings.error().text(), HasSubstr("/nowhere/kith.toml"));
}

TEST_F(StartOptions, WrongValuesNameTheirOrigin) {
  setenv("KITH_PROFILE", "locale", 1);
  const auto profile = daemon_options(collect_settings({}).value());
  ASSERT_FALSE(profile);
  EXPECT_THAT(profile.error().text(), HasSubstr("KITH_PROFILE: 'locale' is not one of"));
  EXPECT_THAT(profile.error().text(), HasSubstr("did you mean 'local'?"));
  EXPECT_FALSE(daemon_options({{"workers", {"-1", "--workers"}}}));
  EXPECT_FALSE(daemon_options({{"workers", {"two", "--workers"}}}));
  EXPECT_FALSE(daemon_options({{"insecure", {"maybe", "KITH_INSECURE"}}}));
}

TEST_F(StartOptions, AddressesNeedAPort) {
  for (const char* text : {"", "localhost", "127.0.0.1:", ":7400", "a:b", "a:70000", "a:-1"}) {
    const auto options = daemon_options({{"listen", {text, "--listen"}}});
    ASSERT_FALSE(options) << text;
    EXPECT_THAT(options.error().text(), HasSubstr("--listen")) << text;
  }
  EXPECT_TRUE(daemon_options({{"listen", {"[::1]:0", "--listen"}}}));
}

TEST_F(StartOptions, SeedsHaveCommasBetween) {
  setenv("KITH_SEEDS", "a:1, b:2,,c:3", 1);
  const auto options = daemon_options(collect_settings({}).value()).value();
  EXPECT_THAT(options.node.seeds, ElementsAre("a:1", "b:2", "c:3"));
}

TEST_F(StartOptions, AnEmptyVariableIsNotSetButForTheRuntimeDirectory) {
  setenv("KITH_NAME", "", 1);
  setenv("KITH_RUNTIME_DIR", "", 1);
  const auto settings = collect_settings({}).value();
  EXPECT_FALSE(settings.contains("name"));
  EXPECT_EQ(daemon_options(settings).value().runtime_directory, "");
}

TEST_F(StartOptions, AnEmptyFlagIsRefusedButForTheRuntimeDirectoryAndSeeds) {
  const auto name = daemon_options({{"name", {"", "--name"}}});
  ASSERT_FALSE(name);
  EXPECT_THAT(name.error().text(), HasSubstr("--name: must not be empty"));
  EXPECT_FALSE(collect_settings({{"config", {"", "--config"}}}));
  EXPECT_TRUE(daemon_options({{"runtime_dir", {"", "--runtime-dir"}}, {"seeds", {"", "--seed"}}}));
}

TEST_F(StartOptions, ABadNodeNameIsWrongUsage) {
  const auto options = daemon_options({{"name", {"a b", "--name"}}});
  ASSERT_FALSE(options);
  EXPECT_EQ(options.error().code(), ErrorCode::invalid_argument);
  EXPECT_THAT(options.error().text(), HasSubstr("--name: invalid node name 'a b'"));
}

TEST_F(StartOptions, AVariableThatIsNearlyASettingIsRefusedWithTheRightOne) {
  const auto refused = check_variables({"PATH", "KITH_SEED"});
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().text(),
              HasSubstr("unknown environment variable KITH_SEED; did you mean KITH_SEEDS?"));
  EXPECT_TRUE(check_variables({"KITH_SEEDS", "KITH_NODE", "KITH_CONFIG", "KITH_RUNTIME_DIR"}));
  EXPECT_TRUE(check_variables({"KITH_BUILD_DIR", "KITH_TEST_MARK"})) << "of other programs";
}

}  // namespace
}  // namespace kith::cli
