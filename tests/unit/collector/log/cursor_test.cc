#include "collector/log/cursor.h"

#include <gmock/gmock.h>

#include "tests/unit/collector/log/log_fixture.h"

namespace spoor::collector {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr EventClass kAccess = EventClass::access;
constexpr EventClass kCommand = EventClass::command;

class LogCursorTest : public LogFixture {};

TEST_F(LogCursorTest, FollowsALogThatGrows) {
  segment_bytes_max_ = 400;
  open();
  LogCursor cursor = log_->read_after({});
  EXPECT_THAT(seen(cursor), IsEmpty());
  for (uint64_t i = 1; i <= 9; ++i) {
    ASSERT_TRUE(write({entry(kAccess, 1, i), entry(kCommand, 2, i)}).is_ok());
    const std::string n = std::to_string(i);
    EXPECT_THAT(seen(cursor), ElementsAre("1/" + n, "2/" + n));
  }
}

TEST_F(LogCursorTest, GivesEntriesAsTheyWere) {
  open();
  const NewEntry written = entry(kCommand, 2, 7, 5000);
  ASSERT_TRUE(write({written}).is_ok());
  LogCursor cursor = log_->read_after({});
  const auto batch = cursor.read(1);
  ASSERT_TRUE(batch.is_ok());
  ASSERT_EQ(batch->entries.size(), 1u);
  const LogEntry& read = batch->entries[0];
  EXPECT_EQ(read.agent, written.agent);
  EXPECT_EQ(read.received_ns, written.received_ns);
  EXPECT_EQ(read.head, written.head);
  EXPECT_EQ(read.block, written.block);
  EXPECT_EQ(batch->to, Position{1});
  EXPECT_EQ(batch->bytes, log_->bytes());
}

TEST_F(LogCursorTest, BatchesAreBounded) {
  open();
  std::vector<NewEntry> entries;
  for (uint64_t i = 1; i <= 10; ++i) entries.push_back(entry(kAccess, 1, i, 1000));
  ASSERT_TRUE(write(entries).is_ok());
  LogCursor cursor = log_->read_after({});
  EXPECT_EQ(cursor.read(2500)->entries.size(), 3u);
  EXPECT_EQ(cursor.read(1)->entries.size(), 1u);
  EXPECT_EQ(cursor.read(1 << 20)->entries.size(), 6u);
}

TEST_F(LogCursorTest, CountsEveryByteItPasses) {
  segment_bytes_max_ = 400;
  open();
  for (uint64_t i = 1; i <= 5; ++i)
    ASSERT_TRUE(write({entry(kAccess, 1, i), entry(kCommand, 2, i)}).is_ok());
  const std::string path = "/log/access/00000000000000000001.log";
  std::string content = files_.content(path);
  content[200] = 'x';  // damage counts as passed, too
  log_.reset();
  files_.put(path, content);
  open();
  LogCursor cursor = log_->read_after({});
  uint64_t bytes = 0;
  while (true) {
    const auto batch = cursor.read(300);
    ASSERT_TRUE(batch.is_ok());
    bytes += batch->bytes;
    if (batch->entries.empty()) break;
  }
  EXPECT_EQ(bytes, log_->bytes());
}

// What is held ready in another class is not passed before it is handed on.
TEST_F(LogCursorTest, CountsAnEntryWhenItIsHandedOn) {
  open();
  ASSERT_TRUE(write({entry(kAccess, 1, 1), entry(kCommand, 2, 1, 5000)}).is_ok());
  LogCursor cursor = log_->read_after({});
  const auto first = cursor.read(1);
  ASSERT_TRUE(first.is_ok());
  EXPECT_EQ(first->bytes, files_.content("/log/access/00000000000000000001.log").size());
  EXPECT_EQ(first->bytes + cursor.read(1)->bytes, log_->bytes());
}

TEST_F(LogCursorTest, AFailureLosesNothing) {
  open();
  ASSERT_TRUE(write({entry(kAccess, 1, 1), entry(kCommand, 2, 1), entry(kAccess, 1, 2)}).is_ok());
  for (const auto operation : {FakeFiles::Operation::read, FakeFiles::Operation::open}) {
    for (int failures = 1; failures < 6; ++failures) {
      LogCursor cursor = log_->read_after({});
      files_.fail_next(operation, unavailable("broken"), failures);
      std::vector<uint64_t> numbers;
      for (int tries = 0; tries < 20; ++tries) {
        const auto batch = cursor.read(1 << 20);
        if (!batch.is_ok()) continue;
        for (const LogEntry& e : batch->entries) numbers.push_back(e.number);
      }
      EXPECT_THAT(numbers, ElementsAre(1, 2, 3));
    }
  }
}

// Numbers that a failed append used up leave a position that is still reached.
TEST_F(LogCursorTest, ReachesTheEndPastUnusedNumbers) {
  open();
  log_.reset();
  files_.put("/log/command/00000000000000000050.log", "");
  open();
  ASSERT_EQ(log_->synced(), Position{49});
  LogCursor cursor = log_->read_after({});
  EXPECT_EQ(cursor.read(1)->to, Position{49});
}

}  // namespace
}  // namespace spoor::collector
