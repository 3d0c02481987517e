#include "collector/index_keeper.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "collector/index/memory_index.h"
#include "tests/support/fake_clock.h"
#include "tests/support/index_answers.h"
#include "tests/support/stream_writer.h"
#include "tests/support/temp_folder.h"
#include "tests/unit/collector/index/event_samples.h"
#include "tests/unit/collector/index/index_words.h"

namespace spoor::collector {
namespace {

// A log of one host's frames, an entry each.
class IndexKeeperTest : public testing::Test {
 protected:
  void write(int frames) {
    for (int i = 0; i < frames; ++i) {
      const auto ses = static_cast<uint8_t>(log_.size() % 3 + 1);
      const auto pid = static_cast<uint32_t>(10 + log_.size());
      const SealedFrame frame = stream_.frame({make_.started(ses, pid), make_.ended(ses, pid, 0)});
      LogEntry entry;
      entry.number = log_.size() + 1;
      entry.agent = "web1";
      entry.received_ns = static_cast<int64_t>(1'000'000 * entry.number);
      entry.head = {frame.header.stream, frame.header.event_class, frame.header.epoch, {},
                    frame.header.last_sequence, frame.chain};
      entry.block = frame.block;
      log_.push_back(std::move(entry));
    }
  }
  // Two entries at a time.
  Follower::Read read_after(Position after) {
    ++readers_;
    return [this, at = after.entry](size_t) mutable -> Result<LogBatch> {
      LogBatch batch;
      for (int i = 0; i < 2 && at < log_.size(); ++i) {
        ++entries_read_;
        batch.entries.push_back(log_[at++]);
        batch.bytes += batch.entries.back().block.size();
      }
      batch.to = {at};
      return batch;
    };
  }
  Status open() {
    keeper_.reset();
    IndexKeeper::Doors doors;
    doors.read_after = [this](Position after) { return read_after(after); };
    doors.log_end = [this] { return Position{log_.size()}; };
    auto opened = IndexKeeper::open(files_, clock_, path_, name_, std::move(doors), {4, 1u << 20});
    RETURN_IF_ERROR(opened.status());
    keeper_ = std::move(opened).value();
    return ok();
  }
  // Until there is nothing to do. How many steps it took.
  int go_on() {
    for (int steps = 1; steps < 1000; ++steps) {
      const Result<bool> step = keeper_->step();
      EXPECT_TRUE(step.is_ok()) << step.status().message();
      if (!step.is_ok() || (!*step && !keeper_->is_busy())) return steps;
    }
    ADD_FAILURE() << "it goes on and on";
    return 0;
  }
  // It answers as one does that has read all of the log in one go.
  void expect_whole() {
    MemoryIndex all;
    Follower follower(
        read_after({}),
        [&](auto events, Position from, Position to, auto) { return all.apply(events, from, to); },
        {});
    while (follower.step().value()) continue;
    EXPECT_EQ(IndexWords(*keeper_->index(), false).all(7), IndexWords(all, true).all(7));
    EXPECT_EQ(keeper_->position(), Position{log_.size()});
  }
  std::vector<std::string> names() {
    auto out = files_.list(path_).value();
    std::ranges::sort(out);
    return out;
  }
  using Names = std::vector<std::string>;

  TempFolder folder_;
  const std::string path_ = folder_ / "index";
  PosixFiles files_;
  FakeClock clock_;
  LogName name_{sample_uid(1), 1};
  EventMaker make_;
  StreamWriter stream_{1};
  std::vector<LogEntry> log_;
  size_t entries_read_ = 0, readers_ = 0;
  std::unique_ptr<IndexKeeper> keeper_;
};

TEST_F(IndexKeeperTest, GoesOnWhereItWasSealed) {
  write(20);
  ASSERT_TRUE(open().is_ok());
  go_on();
  expect_whole();
  ASSERT_TRUE(open().is_ok());
  const uint64_t sealed = keeper_->position().entry;
  EXPECT_GT(sealed, 10u);
  EXPECT_LT(sealed, 20u);
  write(3);
  entries_read_ = 0;
  go_on();
  EXPECT_EQ(entries_read_, 23 - sealed);
  expect_whole();
  EXPECT_EQ(keeper_->received_until_ns(), 23'000'000);
  EXPECT_EQ(names(), Names{"1"});
}

TEST_F(IndexKeeperTest, OneThatCannotBeUsedIsMadeAnew) {
  const auto make_useless = [&](const std::string& how) {
    if (how == "damaged") std::ofstream(path_ + "/1/index.db") << std::string(9000, 'x');
    if (how == "marked") mark_index_damaged(files_, path_ + "/1");
    if (how == "other") name_.id = sample_uid(2);
    if (how == "older") ++name_.generation;
    if (how == "shorter") log_.resize(5);
  };
  for (const char* how : {"damaged", "marked", "other", "older", "shorter"}) {
    std::filesystem::remove_all(path_);
    log_.clear();
    stream_ = StreamWriter(1);
    write(20);
    ASSERT_TRUE(open().is_ok());
    go_on();
    keeper_.reset();
    make_useless(how);
    ASSERT_TRUE(open().is_ok()) << how;
    EXPECT_EQ(keeper_->position(), Position{0}) << how;
    go_on();
    expect_whole();
    EXPECT_EQ(names(), (Names{"1.damaged", "2"})) << how;
    if (HasFailure()) return;
  }
}

// A question finds it: what is left is told until another one is as far.
TEST_F(IndexKeeperTest, DamageThatIsFoundIsMended) {
  write(20);
  ASSERT_TRUE(open().is_ok());
  go_on();
  std::filesystem::remove(path_ + "/1/blocks/2.blk");
  const SessionKey key{"web1", sample_uid(1)};
  std::shared_ptr<const Index> asked = keeper_->index();
  EXPECT_GT(asked->session_events(key).value().missing.rows, 0u);
  write(4);
  EXPECT_TRUE(*keeper_->step());
  EXPECT_TRUE(keeper_->is_busy());
  EXPECT_EQ(keeper_->index(), asked);
  EXPECT_EQ(keeper_->position(), Position{22});
  go_on();
  EXPECT_NE(keeper_->index(), asked);
  expect_whole();
  // Who asked the old one is answered by it to the end.
  go_on();
  EXPECT_EQ(names(), (Names{"1", "2"}));
  EXPECT_GT(asked->session_events(key).value().missing.rows, 0u);
  asked.reset();
  go_on();
  EXPECT_EQ(names(), (Names{"1.damaged", "2"}));
}

TEST_F(IndexKeeperTest, ADamagedCatalogueIsReplaced) {
  write(20);
  ASSERT_TRUE(open().is_ok());
  go_on();
  std::filesystem::resize_file(path_ + "/1/index.db", 4096);
  EXPECT_EQ(keeper_->index()->sessions({}, 10).code(), Code::corrupt);
  write(20);
  go_on();
  go_on();
  expect_whole();
  EXPECT_EQ(names(), (Names{"1.damaged", "2"}));
}

TEST_F(IndexKeeperTest, ABadDiskIsNotKeptBusy) {
  write(20);
  ASSERT_TRUE(open().is_ok());
  go_on();
  const SessionKey key{"web1", sample_uid(1)};
  const auto spoil = [&](const std::string& number) {
    std::filesystem::remove(path_ + "/" + number + "/blocks/2.blk");
    EXPECT_GT(keeper_->index()->session_events(key).value().missing.rows, 0u);
  };
  spoil("1");
  go_on();
  go_on();
  EXPECT_EQ(names(), (Names{"1.damaged", "2"}));
  spoil("2");
  go_on();
  EXPECT_EQ(names(), (Names{"1.damaged", "2"}));
  clock_.advance_ns(kIndexAnewEveryNs);
  go_on();
  go_on();
  EXPECT_EQ(names(), (Names{"2.damaged", "3"}));
  expect_whole();
}

// The log came back older while it ran: what the index says may be of entries that are gone.
TEST_F(IndexKeeperTest, ALogThatCameBackOlderIsReadAnew) {
  write(20);
  ASSERT_TRUE(open().is_ok());
  go_on();
  name_.generation = 2;
  keeper_->make_anew(name_, "the log came back older");
  EXPECT_TRUE(*keeper_->step());
  keeper_->make_anew(name_, "and once more");  // what is half done is dropped
  go_on();
  go_on();
  EXPECT_EQ(names(), Names{"3"});
  expect_whole();
  ASSERT_TRUE(open().is_ok());
  EXPECT_GT(keeper_->position().entry, 10u);
}

TEST_F(IndexKeeperTest, WhoeverAsksGetsAnother) {
  write(20);
  ASSERT_TRUE(open().is_ok());
  go_on();
  EXPECT_EQ(keeper_->take_wish(), std::nullopt);
  ASSERT_TRUE(ask_for_index(files_, path_, "uid 0\n1").is_ok());
  EXPECT_EQ(keeper_->take_wish(), "uid 0");
  EXPECT_EQ(keeper_->take_wish(), std::nullopt);  // that is known
  EXPECT_TRUE(*keeper_->step());
  EXPECT_EQ(names(), (Names{"1", "2", "wanted"}));
  // A crash takes nothing of it back, and who asks meanwhile is heard, too.
  ASSERT_TRUE(open().is_ok());
  EXPECT_EQ(keeper_->take_wish(), "uid 0");
  EXPECT_TRUE(*keeper_->step());
  ASSERT_TRUE(ask_for_index(files_, path_, "uid 7\n2").is_ok());
  EXPECT_EQ(keeper_->take_wish(), "uid 7");
  go_on();
  go_on();
  EXPECT_EQ(names(), Names{"3"});
  expect_whole();
  EXPECT_EQ(keeper_->take_wish(), std::nullopt);
}

// What a crash left.
TEST_F(IndexKeeperTest, OneThatWasBeingMadeIsDropped) {
  write(20);
  ASSERT_TRUE(open().is_ok());
  go_on();
  keeper_->make_anew(name_, "somebody wants it");
  EXPECT_TRUE(*keeper_->step());
  EXPECT_EQ(names(), (Names{"1", "2"}));
  std::filesystem::create_directories(path_ + "/7.gone/blocks");
  ASSERT_TRUE(open().is_ok());
  EXPECT_EQ(names(), Names{"1"});
  EXPECT_GT(keeper_->position().entry, 10u);
}

}  // namespace
}  // namespace spoor::collector
