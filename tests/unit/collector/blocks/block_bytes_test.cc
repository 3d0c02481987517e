#include "collector/blocks/block_bytes.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <thread>

#include "tests/support/fake_files.h"
#include "tests/support/index_block.h"
#include "tests/support/random_rows.h"
#include "tests/support/temp_folder.h"

namespace spoor::collector {
namespace {

void expect_pieces(const BlockBytes& bytes) {
  std::string room;
  EXPECT_EQ(bytes.size(), 10u);
  EXPECT_EQ(as_text(*bytes.read(0, 10, room)), "0123456789");
  EXPECT_EQ(as_text(*bytes.read(7, 3, room)), "789");
  EXPECT_EQ(as_text(*bytes.read(10, 0, room)), "");
  EXPECT_EQ(bytes.read(7, 4, room).code(), Code::corrupt);
  EXPECT_EQ(bytes.read(11, 0, room).code(), Code::corrupt);
  EXPECT_EQ(bytes.read(UINT64_MAX, 2, room).code(), Code::corrupt);
}

TEST(BlockBytes, PiecesOfMemory) { expect_pieces(BytesInMemory(as_bytes("0123456789"))); }

class BlockBytesInFile : public ::testing::Test {
 protected:
  void write(std::string_view bytes) {
    ASSERT_TRUE(files_.make_folder("/blocks").is_ok());
    ASSERT_TRUE(write_file(files_, kPath, bytes).is_ok());
  }

  const std::string kPath = "/blocks/1";
  FakeFiles files_;
};

TEST_F(BlockBytesInFile, Pieces) {
  write("0123456789");
  expect_pieces(**BytesInFile::open(files_, kPath));
  EXPECT_EQ(BytesInFile::open(files_, "/blocks/2").code(), Code::not_found);
}

TEST_F(BlockBytesInFile, AFileThatBecameShorterIsNoBlock) {
  write("0123456789");
  const auto bytes = *BytesInFile::open(files_, kPath);
  auto file = *files_.open_append(kPath);
  ASSERT_TRUE(file->truncate(5).is_ok());
  std::string room;
  EXPECT_EQ(bytes->read(4, 3, room).code(), Code::corrupt);
}

// A block in a file says what it says in memory.
TEST_F(BlockBytesInFile, IsABlockAsInMemory) {
  RandomRows random(1);
  const std::string block = seal(random.rows(2 * kPageRows));
  write(block);
  const BlockReader in_file = BlockReader::open(*BytesInFile::open(files_, kPath)).value();
  const BlockReader in_memory = BlockReader::open(as_bytes(block)).value();
  ASSERT_EQ(in_file.rows(), in_memory.rows());
  EXPECT_TRUE(read_whole(in_file).is_ok());
  const TextTest test{Pattern::containing("curl"), false, true};
  EXPECT_EQ(in_file.find(Text::command, test)->fitting,
            in_memory.find(Text::command, test)->fitting);
  PageReader page(in_file, 1), same_page(in_memory, 1);
  EXPECT_TRUE(std::ranges::equal(*page.values(Number::inode), *same_page.values(Number::inode)));
}

// Each thread reads all of it, in its own order, through one reader.
TEST(BlockBytesOfADisk, AnyNumberOfThreadsReadAtOnce) {
  const TempFolder folder;
  PosixFiles files;
  RandomRows random(2);
  const std::vector<Row> rows = random.rows(3 * kPageRows);
  const std::string path = folder / "block";
  ASSERT_TRUE(write_file(files, path, seal(rows)).is_ok());
  const BlockReader reader = BlockReader::open(*BytesInFile::open(files, path)).value();
  std::vector<uint64_t> expected(reader.pages());
  const auto sum_of = [&](size_t page) {
    PageReader values(reader, page);
    uint64_t sum = 0;
    for (const uint64_t value : *values.values(Number::inode)) sum += value;
    return sum;
  };
  for (size_t page = 0; page < reader.pages(); ++page) expected[page] = sum_of(page);
  std::vector<std::jthread> threads;
  for (size_t thread = 0; thread < 8; ++thread) {
    threads.emplace_back([&, thread] {
      for (size_t i = 0; i < 60; ++i) {
        const size_t page = (i * (thread + 1)) % reader.pages();
        ASSERT_EQ(sum_of(page), expected[page]);
      }
    });
  }
}

// What one keeps of a block, so that it need not be decoded anew for each query.
TEST(BlockBytesOfADisk, AReaderKeepsLittle) {
  RandomRows random(3);
  const std::string block = seal(random.rows(16 * kPageRows));
  const BlockReader reader = BlockReader::open(as_bytes(block)).value();
  EXPECT_GT(reader.memory_bytes(), sizeof(BlockReader));
  EXPECT_LT(reader.memory_bytes(), block.size() / 20);
}

}  // namespace
}  // namespace spoor::collector
