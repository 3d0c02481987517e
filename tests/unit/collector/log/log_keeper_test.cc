#include "collector/log/log_keeper.h"

#include <gmock/gmock.h>

#include <thread>

#include "tests/support/step_files.h"
#include "tests/support/temp_folder.h"
#include "tests/unit/collector/log/kept_log_fixture.h"

namespace spoor::collector {
namespace {

using testing::HasSubstr;
using testing::Not;

class LogKeeperTest : public KeptLogFixture {};

TEST_F(LogKeeperTest, SealsAllButTheLastOfEachClass) {
  open();
  write_some();
  const std::vector<std::string> before = all_of(*log_);
  const size_t files = names("/log/access").size();
  ASSERT_GT(files, 3u);
  seal_all();
  const std::vector<std::string> access = names("/log/access");
  EXPECT_EQ(access.size(), files);
  for (size_t i = 0; i < access.size(); ++i)
    EXPECT_EQ(access[i].ends_with(".sealed"), i + 1 < access.size()) << access[i];
  EXPECT_EQ(all_of(*log_), before);
  EXPECT_EQ(log_->bytes(), bytes_on_disk());
  reopen();
  EXPECT_EQ(all_of(*log_), before);
  EXPECT_EQ(log_->bytes(), bytes_on_disk());
  write_some(1);
  EXPECT_EQ(all_of(*log_).size(), before.size() + 2);
}

TEST_F(LogKeeperTest, TheOldestFirst) {
  open();
  write_some();
  LogKeeper keeper(*log_);
  ASSERT_TRUE(*keeper.step(no_pace));
  EXPECT_TRUE(files_.exists("/log/access/00000000000000000001.sealed"));
  ASSERT_TRUE(*keeper.step(no_pace));
  EXPECT_TRUE(files_.exists("/log/command/00000000000000000002.sealed"));
}

// Whoever was reading a segment reads on as if nothing had happened, wherever he was.
TEST_F(LogKeeperTest, AnOpenCursorReadsOn) {
  for (int at = 0; at < 40; ++at) {
    begin_anew();
    write_some(18);
    LogCursor cursor = log_->read_after({});
    std::vector<uint64_t> numbers;
    const auto read = [&](int batches) {
      for (int i = 0; i < batches; ++i) {
        const auto batch = cursor.read(1);
        ASSERT_TRUE(batch.is_ok());
        for (const LogEntry& entry : batch->entries) numbers.push_back(entry.number);
      }
    };
    read(at);
    seal_all();
    write_some(2);
    read(60);
    ASSERT_EQ(numbers.size(), 40u) << at;
    for (size_t i = 0; i < numbers.size(); ++i) ASSERT_EQ(numbers[i], i + 1) << at;
  }
}

TEST_F(LogKeeperTest, EveryByteIsPassedOnce) {
  open();
  write_some();
  const uint64_t plain = log_->bytes();
  LogCursor before = log_->read_after({});
  uint64_t passed = before.read(1)->bytes;
  seal_all();
  EXPECT_LT(log_->bytes(), plain);
  EXPECT_EQ(log_->bytes_behind(log_->synced()), 0u);
  EXPECT_EQ(log_->bytes_behind({}), log_->bytes());
  uint64_t left = log_->bytes();
  for (uint64_t at = 0; at <= log_->synced().entry; ++at) {
    EXPECT_LE(log_->bytes_behind({at}), left);
    left = log_->bytes_behind({at});
  }
  LogCursor cursor = log_->read_after({});
  uint64_t bytes = 0;
  for (auto batch = cursor.read(500); !batch->entries.empty(); batch = cursor.read(500))
    bytes += batch->bytes;
  EXPECT_EQ(bytes, log_->bytes());
  // Two segments were open when they were sealed, and count as what was read of them.
  for (auto batch = before.read(500); !batch->entries.empty(); batch = before.read(500))
    passed += batch->bytes;
  EXPECT_GT(passed, log_->bytes());
  EXPECT_LT(passed, plain);
  // Of one that begins behind others these count as passed.
  LogCursor last = log_->read_after({log_->synced().entry - 1});
  EXPECT_EQ(last.read(500)->bytes, log_->bytes());
}

// A power cut before each change of the disk: one truth is left, and it is all of it.
TEST_F(LogKeeperTest, APowerCutAtEveryStep) {
  uint64_t step = 1;
  for (bool is_cut = true; is_cut; ++step) {
    begin_anew();
    files_.set_torn_pages(true);
    write_some(12);
    const std::vector<std::string> before = all_of(*log_);
    LogKeeper keeper(*log_);
    files_.fail_power_after(step);
    for (int i = 0; i < 3; ++i) (void)keeper.step(no_pace);
    is_cut = files_.is_without_power();
    crash(step);
    EXPECT_EQ(all_of(*log_), before) << step;
    write_some(1);
    EXPECT_EQ(all_of(*log_).size(), before.size() + 2) << step;
    crash(step);
    EXPECT_EQ(all_of(*log_).size(), before.size() + 2) << step;
    for (const std::string& name : names("/log/access"))
      EXPECT_THAT(name, Not(HasSubstr(".new"))) << step;
    EXPECT_EQ(log_->bytes(), bytes_on_disk()) << step;
  }
  EXPECT_GT(step, 20u);
}

// The process dies, and the disk goes on with what it was told.
TEST_F(LogKeeperTest, AKillAtEveryStep) {
  uint64_t last = 1;
  for (bool is_dead = true; is_dead; ++last) {
    const TempFolder folder;
    StepFiles disk;
    access_ = StreamWriter(1, EventClass::access);
    command_ = StreamWriter(2, EventClass::command);
    log_ = std::move(Log::open(disk, folder / "log", segment_bytes_max_)).value();
    write_some(12);
    const std::vector<std::string> before = all_of(*log_);
    uint64_t steps = 0;
    disk.before_step = [&] { return ++steps < last ? ok() : unavailable("dead"); };
    LogKeeper keeper(*log_);
    for (int i = 0; i < 3; ++i) (void)keeper.step(no_pace);
    is_dead = steps >= last;
    log_.reset();
    disk.before_step = [] { return ok(); };
    for (int start = 0; start < 2; ++start) {
      log_ = std::move(Log::open(disk, folder / "log", segment_bytes_max_)).value();
      EXPECT_EQ(all_of(*log_), before) << last;
      // Of no segment both are there any more, nor an unfinished one.
      std::set<uint64_t> firsts;
      const std::vector<std::string> left = *disk.list(folder / "log/access");
      for (const std::string& name : left) firsts.insert(SegmentName::parse(name)->first);
      EXPECT_EQ(firsts.size(), left.size()) << last;
      log_.reset();
    }
  }
  EXPECT_GT(last, 20u);
}

// Each way to fail: what there was is still read, and the next try does it.
TEST_F(LogKeeperTest, AFailureChangesNothing) {
  using Operation = FakeFiles::Operation;
  for (const Operation operation :
       {Operation::open, Operation::read, Operation::append, Operation::sync, Operation::truncate,
        Operation::sync_folder, Operation::rename, Operation::remove}) {
    for (int calls = 0; calls < 12; ++calls) {
      begin_anew();
      write_some(12);
      const std::vector<std::string> before = all_of(*log_);
      LogKeeper keeper(*log_);
      files_.fail_after(operation, calls, unavailable("broken"));
      (void)keeper.step(no_pace);
      files_.forget_failures();
      EXPECT_EQ(all_of(*log_), before);
      while (*keeper.step(no_pace)) {
      }
      EXPECT_EQ(all_of(*log_), before);
      crash(1);
      EXPECT_EQ(all_of(*log_), before);
      EXPECT_EQ(log_->bytes(), bytes_on_disk());
    }
  }
}

TEST_F(LogKeeperTest, StopsWhereItIsToldTo) {
  open();
  segment_bytes_max_ = 12u << 20;
  reopen();
  for (uint64_t i = 1; i <= 30; ++i)
    ASSERT_TRUE(write({entry(EventClass::access, 1, i, 1u << 20)}).is_ok());
  LogKeeper keeper(*log_);
  for (const int last : {1, 3, 8}) {  // also when what was written is read again
    int asked = 0;
    const auto step = keeper.step([&](uint64_t bytes) {
      EXPECT_GE(bytes, 2u << 20);
      return ++asked < last ? ok() : unavailable("the collector stops");
    });
    EXPECT_EQ(step.code(), Code::unavailable);
    EXPECT_EQ(asked, last);
  }
  for (const std::string& name : names("/log/access")) EXPECT_TRUE(name.ends_with(".log")) << name;
}

TEST_F(LogKeeperTest, ADamagedSegmentStaysAsItIs) {
  open();
  write_some();
  const std::string path = "/log/access/00000000000000000001.log";
  files_.flip_bit(path, 300, 1);
  const std::string damaged = files_.content(path);
  seal_all();
  EXPECT_EQ(files_.content(path), damaged);
  EXPECT_EQ(names("/log/access")[0], "00000000000000000001.log");
  EXPECT_THAT(names("/log/access")[1], HasSubstr(".sealed"));
  EXPECT_FALSE(files_.exists("/log/access/00000000000000000001.sealed"));
}

TEST_F(LogKeeperTest, NoRoomLeavesTheSegment) {
  open();
  write_some();
  const uint64_t bytes = bytes_on_disk();
  LogKeeper keeper(*log_);
  // Nor is one begun where it would leave next to nothing for what comes in.
  const uint64_t segment = files_.content("/log/access/00000000000000000001.log").size();
  for (const uint64_t free : {uint64_t{700}, segment - 1}) {
    files_.set_free_bytes(free);
    EXPECT_EQ(keeper.step(no_pace).code(), Code::full);
    EXPECT_EQ(bytes_on_disk(), bytes);
  }
  files_.set_free_bytes(std::nullopt);
  EXPECT_TRUE(*keeper.step(no_pace));
}

// One writes, one seals, two read: each of these sees every entry, in order.
TEST_F(LogKeeperTest, BesideAWriterAndReaders) {
  const TempFolder folder;
  PosixFiles disk;
  const auto log = std::move(Log::open(disk, folder / "log", 6'000)).value();
  constexpr uint64_t kEntries = 500;
  std::jthread keeper([&log](const std::stop_token& stop) {
    LogKeeper sealing(*log);
    while (!stop.stop_requested()) ASSERT_TRUE(sealing.step(no_pace).is_ok());
  });
  std::vector<std::jthread> readers;
  for (int i = 0; i < 2; ++i) {
    readers.emplace_back([&log] {
      LogCursor cursor = log->read_after({});
      uint64_t number = 0;
      while (number < kEntries) {
        const auto batch = cursor.read(3'000);
        ASSERT_TRUE(batch.is_ok()) << batch.status().message();
        for (const LogEntry& entry : batch->entries) ASSERT_EQ(entry.number, ++number);
      }
    });
  }
  for (uint64_t i = 0; i < kEntries; i += 2) {
    const std::vector both = {framed(access_, "web1"), framed(command_, "web2")};
    ASSERT_TRUE(log->append(both).is_ok());
    ASSERT_TRUE(log->sync().is_ok());
  }
}

}  // namespace
}  // namespace spoor::collector
