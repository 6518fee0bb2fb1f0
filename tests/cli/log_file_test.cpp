// SPDX-License-Identifier: Apache-2.0
#include "cli/replay/log_file.hpp"

#include <filesystem>
#include <fstream>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace kith::replay {
namespace {

class LogFileTest : public testing::Test {
 protected:
  LogFileTest() {
    const auto* test = testing::UnitTest::GetInstance()->current_test_info();
    path_ = testing::TempDir() + "kith_log_file_" + test->name();
  }
  ~LogFileTest() override { std::filesystem::remove_all(path_); }
  void write(const std::string& text) { std::ofstream(path_, std::ios::binary) << text; }
  std::vector<std::string> lines() {
    std::vector<std::string> lines;
    LogFile file = LogFile::open(path_).value();
    while (const auto line = file.next().value()) {
      EXPECT_EQ(line->number, lines.size() + 1);
      lines.push_back(line->too_long ? "<too long>" : std::string(line->text));
    }
    EXPECT_EQ(file.bytes_read(), std::filesystem::file_size(path_));
    EXPECT_EQ(file.size_bytes(), std::filesystem::file_size(path_));
    return lines;
  }
  std::string path_;
};

using Lines = std::vector<std::string>;

TEST_F(LogFileTest, GivesLinesWithOrWithoutALastLineFeed) {
  using namespace std::string_literals;
  write("a\n\nb\r\nc\0d"s);
  EXPECT_EQ(lines(), (Lines{"a", "", "b\r", "c\0d"s}));
  write("a\n");
  EXPECT_EQ(lines(), (Lines{"a"}));
  write("");
  EXPECT_EQ(lines(), Lines{});
}

TEST_F(LogFileTest, PassesOverAByteOrderMark) {
  write(
      "\xEF\xBB\xBF"
      "a\n\xEF\xBB\xBF");
  EXPECT_EQ(lines(), (Lines{"a", "\xEF\xBB\xBF"}));
}

TEST_F(LogFileTest, ReadsAcrossChunks) {
  std::string text;
  Lines expected;
  for (int i = 0; i < 200; ++i) {
    const auto size = static_cast<std::size_t>(i) * 50;
    expected.push_back(std::string(size, static_cast<char>('a' + i % 26)));
    text += expected.back() + "\n";
  }
  write(text);
  EXPECT_EQ(lines(), expected);
}

TEST_F(LogFileTest, PassesOverLinesThatAreTooLong) {
  const std::string longest(line_size_bytes_max, 'x');
  write("a\n" + longest + "\n" + longest + "x\nb\n" + longest + longest);
  const auto all = lines();
  ASSERT_EQ(all.size(), 5U);
  EXPECT_EQ(all[1], longest);
  EXPECT_EQ(all[2], "<too long>");
  EXPECT_EQ(all[3], "b");
  EXPECT_EQ(all[4], "<too long>");
}

TEST_F(LogFileTest, SaysWhatIsWrongWithAFile) {
  EXPECT_EQ(LogFile::open(path_).error().code(), ErrorCode::not_found);
  std::filesystem::create_directory(path_);
  EXPECT_EQ(LogFile::open(path_).error().code(), ErrorCode::invalid_argument);
  std::filesystem::remove(path_);
  EXPECT_EQ(LogFile::open("/dev/zero").error().code(), ErrorCode::invalid_argument);
  EXPECT_NE(LogFile::open("/dev/null").error().text().find("is a device"), std::string::npos);
}

TEST_F(LogFileTest, SaysHowToDecompressAFile) {
  const std::pair<std::string, std::string> files[] = {
      {"\x1F\x8B\x08 packed", "gzip; decompress it first: zcat '" + path_ + "' | kith replay -"},
      {"\x28\xB5\x2F\xFD packed", "zstd; decompress it first: zstdcat "},
      {"\xFD\x37zXZ packed", "xz; decompress it first: xzcat "},
      {"BZh91AY&SY packed", "bzip2; decompress it first: bzcat "}};
  for (const auto& [content, says] : files) {
    write(content);
    const auto opened = LogFile::open(path_);
    ASSERT_FALSE(opened) << says;
    EXPECT_EQ(opened.error().code(), ErrorCode::invalid_argument);
    EXPECT_NE(opened.error().text().find(says), std::string::npos) << opened.error().text();
  }
  write("BZh9.example.com - - [17/May/2015:10:05:03 +0000] \"GET / x\" 200 1");
  EXPECT_TRUE(LogFile::open(path_));
}

TEST_F(LogFileTest, ReaderGivesEveryLineThatIsNotEmpty) {
  const std::string good = R"(h - - [17/May/2015:10:05:03 +0000] "GET / x" 200 1)";
  write(good + "\r\n\r\nnonsense\n\n" + good);
  LogReader reader(LogFile::open(path_).value(), AccessLogParser(std::nullopt));
  const auto first = reader.next().value().value();
  EXPECT_EQ(first.line.value().path, "/");
  const auto second = reader.next().value().value();
  EXPECT_EQ(second.number, 3U);
  EXPECT_EQ(second.line.error().text(), "the time is not in brackets");
  EXPECT_EQ(reader.next().value().value().number, 5U);
  EXPECT_FALSE(reader.next().value().has_value());
}

}  // namespace
}  // namespace kith::replay
