#include "agent/source/line_reader.h"

#include <gtest/gtest.h>

#include <fcntl.h>
#include <unistd.h>

#include <fstream>
#include <random>
#include <thread>

#include "agent/limits.h"
#include "tests/support/temp_folder.h"

namespace spoor::agent {
namespace {

class LineReaderTest : public ::testing::Test {
 protected:
  LineReader reader(const std::string& bytes) {
    std::ofstream(folder_ / "log", std::ios::binary) << bytes;
    auto opened = LineReader::open(folder_ / "log");
    EXPECT_TRUE(opened.is_ok());
    return std::move(opened).value();
  }
  static std::vector<std::string> all(LineReader& reader) {
    std::vector<std::string> lines;
    while (const auto line = reader.next()) lines.emplace_back(*line);
    EXPECT_TRUE(reader.status().is_ok()) << reader.status().message();
    return lines;
  }
  TempFolder folder_;
};

using Lines = std::vector<std::string>;

TEST_F(LineReaderTest, LinesEndWithLfOrCrLfOrTheFile) {
  LineReader log = reader("one\ntwo\r\n\n\r\nlast");
  EXPECT_EQ(all(log), (Lines{"one", "two", "", "", "last"}));
  EXPECT_EQ(log.bytes_read(), 16u);
  EXPECT_EQ(log.next(), std::nullopt);
}

TEST_F(LineReaderTest, EmptyFileHasNoLine) {
  LineReader log = reader("");
  EXPECT_TRUE(all(log).empty());
}

TEST_F(LineReaderTest, NulAndOtherBytesStay) {
  const std::string odd("a\0b\xff\r\rc", 7);
  LineReader log = reader(odd + "\n");
  EXPECT_EQ(all(log), Lines{odd});
}

TEST_F(LineReaderTest, LongestLineIsWholeAndALongerOneIsCut) {
  const std::string longest(kLogLineBytesMax, 'x');
  LineReader log = reader(longest + "\nshort\n" + longest + "y\nafter\n" + longest + longest);
  EXPECT_EQ(all(log), (Lines{longest, "short", longest, "after", longest}));
  EXPECT_EQ(log.lines_cut(), 2u);
}

TEST_F(LineReaderTest, LineOfManyLimitsIsOneCutLine) {
  LineReader log = reader("a\n" + std::string(5 * kLogLineBytesMax, 'x') + "\nb\n");
  EXPECT_EQ(all(log), (Lines{"a", std::string(kLogLineBytesMax, 'x'), "b"}));
  EXPECT_EQ(log.lines_cut(), 1u);
}

// Whatever the pieces are in which a pipe gives them.
TEST_F(LineReaderTest, LinesAreTheSameInAnyPieces) {
  std::mt19937 draw(1);
  Lines lines;
  std::string bytes;
  for (int i = 0; i < 300; ++i) {
    lines.emplace_back(draw() % (i % 50 == 0 ? 300'000 : 200), static_cast<char>('a' + i % 26));
    bytes += lines.back() + "\n";
  }
  int ends[2];
  ASSERT_EQ(pipe2(ends, O_CLOEXEC), 0);
  std::thread writer([&, to = UniqueFd(ends[1])] {
    for (size_t at = 0; at < bytes.size();) {
      const size_t size = std::min<size_t>(1 + draw() % 5000, bytes.size() - at);
      ASSERT_EQ(write(to.get(), bytes.data() + at, size), static_cast<ssize_t>(size));
      at += size;
    }
  });
  LineReader log{UniqueFd(ends[0])};
  // To the end, also when a line is wrong: the writer must not wait for us.
  const Lines read = all(log);
  writer.join();
  EXPECT_EQ(read, lines);
}

TEST_F(LineReaderTest, WhatCannotBeReadIsSaid) {
  EXPECT_EQ(LineReader::open(folder_ / "nothing").status().code(), Code::not_found);
  auto folder = LineReader::open(folder_ / "");  // opens, and cannot be read
  ASSERT_TRUE(folder.is_ok());
  EXPECT_EQ(folder->next(), std::nullopt);
  EXPECT_FALSE(folder->status().is_ok());
}

}  // namespace
}  // namespace spoor::agent
