#include "collector/index/block_index.h"

#include <gtest/gtest.h>
#include <sqlite3.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <set>
#include <thread>

#include "collector/index/memory_index.h"
#include "tests/support/index_answers.h"
#include "tests/support/sqlite_steps.h"
#include "tests/support/step_files.h"
#include "tests/support/temp_folder.h"
#include "tests/unit/collector/index/index_words.h"
#include "tests/unit/collector/index/random_fleet.h"

namespace spoor::collector {
namespace {

const LogName kLog{sample_uid(9), 3};

// A log of batches; what was read of it goes into both indexes.
class BlockIndexTest : public testing::Test {
 protected:
  void open() {
    index_.reset();
    auto opened = BlockIndex::open(files_, path_, kLog, {tail_rows_, reader_bytes_});
    ASSERT_TRUE(opened.is_ok()) << opened.status().message();
    index_ = std::move(opened).value();
  }
  void write(RandomFleet& fleet, size_t batches) {
    while (batches-- > 0) {
      log_.push_back(fleet.batch());
      const Position at{log_.size()};
      ASSERT_TRUE(memory_.apply(log_.back(), {at.entry - 1}, at).is_ok());
    }
  }
  // Behind its position, until the first failure.
  static Status read_on(BlockIndex& index, const std::vector<std::vector<IndexedEvent>>& log) {
    for (uint64_t at = index.position().entry; at < log.size(); ++at)
      RETURN_IF_ERROR(index.apply(log[at], {at}, {at + 1}));
    return ok();
  }
  void read_on() {
    const Status read = read_on(*index_, log_);
    ASSERT_TRUE(read.is_ok()) << read.message();
  }
  void expect_same(const std::string& when) {
    if (expected_at_ != log_.size()) expected_ = IndexWords(memory_, true).all(7);
    expected_at_ = log_.size();
    const std::string& expected = expected_;
    const std::string found = IndexWords(*index_, false).all(5);
    if (expected == found) return;
    size_t at = 0;
    while (at < std::min(expected.size(), found.size()) && expected[at] == found[at]) ++at;
    const size_t begin = at > 300 ? at - 300 : 0;
    FAIL() << when << "\nexpected: " << expected.substr(begin, 900)
           << "\nfound: " << found.substr(begin, 900);
  }
  std::vector<std::string> block_files() {
    return files_.list(path_ + "/blocks").value();
  }
  void spoil(const std::string& name, uint64_t offset) {
    std::fstream file(path_ + "/" + name, std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(static_cast<std::streamoff>(offset));
    file.put('\x5a');
  }

  TempFolder folder_;
  const std::string path_ = folder_ / "index";
  size_t tail_rows_ = 300;
  size_t reader_bytes_ = kBlockReadersBytesMax;
  StepFiles files_;
  MemoryIndex memory_;
  std::vector<std::vector<IndexedEvent>> log_;
  std::string expected_;  // of so many batches
  size_t expected_at_ = 0;
  std::unique_ptr<BlockIndex> index_;
};

TEST_F(BlockIndexTest, SaysWhatTheIndexInMemorySays) {
  for (uint64_t seed = 1; seed <= 3; ++seed) {
    RandomFleet fleet(seed);
    memory_.~MemoryIndex();
    std::construct_at(&memory_);
    std::filesystem::remove_all(path_);
    log_.clear();
    expected_at_ = 0;
    open();
    for (int i = 0; i < 12; ++i) {
      write(fleet, 1 + fleet.below(30));
      read_on();
      if (fleet.below(4) == 0) {
        ASSERT_TRUE(index_->seal().is_ok());
      }
      expect_same("seed " + std::to_string(seed) + ", " + std::to_string(log_.size()));
      if (HasFailure()) return;
      if (fleet.below(3) != 0) continue;
      open();  // and reads on behind what was sealed
      EXPECT_LE(index_->position().entry, log_.size());
      read_on();
      expect_same("again, seed " + std::to_string(seed));
      if (HasFailure()) return;
    }
    EXPECT_GT(block_files().size(), 20u);
    EXPECT_TRUE(index_->damage().is_ok());
  }
}

TEST_F(BlockIndexTest, WhatIsSealedIsNotReadAgain) {
  RandomFleet fleet(4);
  open();
  write(fleet, 20);
  read_on();
  const StreamMark mark{sample_uid(3), 4, 5, 6}, later{sample_uid(3), 4, 7, 9};
  ASSERT_TRUE(index_->apply({}, {20}, {21}, {{mark}}).is_ok());
  ASSERT_TRUE(index_->seal().is_ok());
  ASSERT_TRUE(index_->seal().is_ok());  // nothing
  ASSERT_TRUE(index_->apply({}, {21}, {22}, {{later}}).is_ok());
  open();
  EXPECT_EQ(index_->position(), Position{21});
  EXPECT_EQ(index_->marks(), std::vector<StreamMark>{mark});
  ASSERT_TRUE(index_->apply({}, {21}, {22}, {{later}}).is_ok());
  ASSERT_TRUE(index_->seal().is_ok());
  open();
  EXPECT_EQ(index_->marks(), std::vector<StreamMark>{later});
  EXPECT_EQ(index_->apply({}, {23}, {24}).code(), Code::invalid);  // a hole
  ASSERT_TRUE(index_->apply(log_[0], {0}, {1}).is_ok());           // a repeat
  EXPECT_EQ(index_->events_total(), memory_.events_total());
}

// A session in a sealed block is found to have begun earlier: it comes once, at its new place.
TEST_F(BlockIndexTest, AnOlderEventMovesASealedSessionBack) {
  EventMaker make;
  const auto add = [&](const v1::Event& event) {
    log_.push_back({make.index(event)});
    read_on();
  };
  const auto listed = [&] {
    std::vector<uint32_t> out;
    for (const SessionSummary& summary : sessions_of(*index_, 10)) out.push_back(summary.row.ses);
    return out;
  };
  open();
  add(make.event(1));
  add(make.event(2));
  add(make.event(3));
  ASSERT_TRUE(index_->seal().is_ok());
  v1::Event late = make.event(3);
  late.set_time_ns(kBase);
  add(late);
  EXPECT_EQ(listed(), (std::vector<uint32_t>{2, 1, 3}));
  ASSERT_TRUE(index_->seal().is_ok());
  EXPECT_EQ(listed(), (std::vector<uint32_t>{2, 1, 3}));
  late.set_time_ns(kBase - 5);
  add(late);
  add(make.event(2));
  ASSERT_TRUE(index_->seal().is_ok());
  open();
  EXPECT_EQ(listed(), (std::vector<uint32_t>{2, 1, 3}));
  EXPECT_EQ(sessions_of(*index_, 1)[0].row.last_ns,
            row_of(*index_, {"web1", sample_uid(2)})->last_ns);
}

// ------------------------------------------------------------------ crashes

// The program dies before its `steps`-th change of any file: of a block, or of the catalogue. True:
// it did.
bool dies(uint64_t steps, const std::function<void(StepFiles&)>& work) {
  const pid_t child = ::fork();
  if (child == 0) {
    StepFiles files;
    files.before_step = [&] {
      if (steps-- == 0) ::_exit(1);
      return ok();
    };
    watch_sqlite([&] {
      if (steps-- == 0) ::_exit(1);
      return SQLITE_OK;
    });
    work(files);
    ::_exit(0);
  }
  int status = 0;
  EXPECT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFEXITED(status));
  return WEXITSTATUS(status) == 1;
}

TEST_F(BlockIndexTest, ACrashAtAnyStepLeavesWhatWasOrWhatIs) {
  RandomFleet fleet(5);
  write(fleet, 7);
  std::set<uint64_t> positions;
  uint64_t steps = 0;
  for (bool has_died = true; has_died; ++steps) {
    std::filesystem::remove_all(path_);
    has_died = dies(steps, [&](StepFiles& files) {
      auto index = BlockIndex::open(files, path_, kLog, {60, reader_bytes_});
      if (!index.is_ok() || !read_on(**index, log_).is_ok() || !(*index)->seal().is_ok())
        ::_exit(2);
    });
    open();
    positions.insert(index_->position().entry);
    read_on();
    expect_same("step " + std::to_string(steps));
    if (HasFailure()) return;
  }
  EXPECT_GT(steps, 60u);
  EXPECT_GE(positions.size(), 3u);  // nothing, a seal, all
}

// ------------------------------------------------------------------ disks

// Each step fails once: nothing is taken, everything is answered, and the next try goes on.
TEST_F(BlockIndexTest, AFailureAtAnyStepOfASealChangesNothing) {
  RandomFleet fleet(6);
  write(fleet, 6);
  uint64_t failing = 0;
  for (bool was_reached = true; was_reached; ++failing) {
    std::filesystem::remove_all(path_);
    open();
    read_on();
    uint64_t step = 0;
    const int error = failing % 2 == 0 ? SQLITE_FULL : SQLITE_IOERR_WRITE;
    files_.before_step = [&] { return step++ == failing ? full("no room") : ok(); };
    watch_sqlite([&] { return step++ == failing ? error : SQLITE_OK; });
    const Status sealed = index_->seal();
    was_reached = step > failing;
    files_.before_step = [] { return ok(); };
    watch_sqlite([] { return SQLITE_OK; });
    expect_same("failed at " + std::to_string(failing));
    EXPECT_NE(sealed.code(), Code::corrupt);
    EXPECT_TRUE(index_->seal().is_ok());
    EXPECT_TRUE(index_->damage().is_ok());
    expect_same("sealed behind " + std::to_string(failing));
    open();
    EXPECT_EQ(index_->position(), Position{log_.size()});
    expect_same("opened behind " + std::to_string(failing));
    if (HasFailure()) return;
  }
  EXPECT_GT(failing, 40u);
}

TEST_F(BlockIndexTest, AFullDiskHoldsUpWhoAppliesAndNobodyElse) {
  RandomFleet fleet(7);
  write(fleet, 60);
  open();
  files_.before_step = [] { return full("no room"); };
  const Status read = read_on(*index_, log_);
  EXPECT_EQ(read.code(), Code::full);
  const Position stuck = index_->position();
  EXPECT_EQ(read_on(*index_, log_).code(), Code::full);
  EXPECT_EQ(index_->position(), stuck);
  EXPECT_GT(sessions_of(*index_, 10).size(), 5u);
  EXPECT_TRUE(block_files().empty());
  files_.before_step = [] { return ok(); };
  read_on();
  EXPECT_TRUE(index_->damage().is_ok());
  expect_same("with room again");
}

TEST_F(BlockIndexTest, OfADamagedBlockOnlyItsRowsAreMissing) {
  RandomFleet fleet(8);
  write(fleet, 40);
  open();
  read_on();
  ASSERT_TRUE(index_->seal().is_ok());
  const auto count = [&](uint64_t& missing_rows) {
    size_t events = 0;
    for (const SessionSummary& summary : sessions_of(*index_, 1000)) {
      const SessionEvents told = index_->session_events(summary.row.key).value();
      events += told.events.size();
      missing_rows += told.missing.rows;
    }
    return events;
  };
  uint64_t missing = 0;
  const size_t whole = count(missing);
  EXPECT_EQ(missing, 0u);
  const std::vector<std::string> names = block_files();
  spoil("blocks/" + names[1], 60);          // in a column
  spoil("blocks/" + names[2], 1);           // in the header
  std::filesystem::remove(path_ + "/blocks/" + names[3]);
  std::filesystem::copy_file(path_ + "/blocks/" + names[4], path_ + "/blocks/" + names[5],
                             std::filesystem::copy_options::overwrite_existing);
  open();
  const size_t left = count(missing);
  EXPECT_GT(missing, 50u);
  EXPECT_LE(left + missing, whole + 100);  // losses that bear a session's name are counted, too
  EXPECT_GE(left + missing, whole);
  EXPECT_FALSE(index_->damage().is_ok());
  // It is no reason to begin anew.
  open();
  EXPECT_EQ(index_->position(), Position{log_.size()});
}

TEST_F(BlockIndexTest, WhatCannotBeUsedIsNotOpened) {
  RandomFleet fleet(9);
  write(fleet, 20);
  for (const char* how : {"text", "newer", "part", "log", "generation"}) {
    std::filesystem::remove_all(path_);
    open();
    read_on();
    ASSERT_TRUE(index_->seal().is_ok());
    index_.reset();
    const auto change = [&](const char* sql) {
      sqlite3* db = nullptr;
      ASSERT_EQ(sqlite3_open((path_ + "/index.db").c_str(), &db), SQLITE_OK);
      ASSERT_EQ(sqlite3_exec(db, sql, nullptr, nullptr, nullptr), SQLITE_OK);
      sqlite3_close(db);
    };
    LogName log = kLog;
    const std::string_view what = how;
    if (what == "text") std::ofstream(path_ + "/index.db") << std::string(9000, 'x');
    if (what == "newer") change("PRAGMA user_version = 99");
    if (what == "log") log.id = sample_uid(8);
    if (what == "generation") ++log.generation;
    if (what == "part") {
      change("UPDATE parts SET place = 'x'");
      open();  // only who asks finds it
      EXPECT_TRUE(index_->damage().is_ok());
      EXPECT_EQ(index_->sessions({}, 10).code(), Code::corrupt);
      EXPECT_EQ(index_->damage().code(), Code::corrupt);
      index_.reset();
    }
    const Code code = BlockIndex::open(files_, path_, log).code();
    EXPECT_EQ(code, what == "newer" ? Code::denied : Code::corrupt) << how;
  }
}

// ------------------------------------------------------------------ threads

TEST_F(BlockIndexTest, ReadersSeeEachEventOnceWhileItIsSealed) {
  reader_bytes_ = 1;  // every reader is closed again at once
  open();
  EventMaker make;
  std::atomic<size_t> added = 0;
  std::atomic<bool> is_done = false;
  std::vector<std::thread> readers;
  for (int i = 0; i < 3; ++i) {
    readers.emplace_back([&] {
      while (!is_done) {
        const size_t least = added;
        const auto events = events_of(*index_, {"web1", sample_uid(1)});
        const size_t most = added + 1;
        EXPECT_GE(events.size(), least);
        EXPECT_LE(events.size(), most);
        for (size_t n = 0; n < events.size(); ++n) EXPECT_EQ(events[n].event->order(), n + 1);
        const auto listed = sessions_of(*index_, 5);
        EXPECT_EQ(listed.size(), events.empty() && listed.empty() ? 0u : 1u);
        for (const SessionSummary& summary : listed) EXPECT_GE(summary.sums.commands, least);
      }
    });
  }
  for (uint64_t n = 0; n < 600; ++n) {
    const IndexedEvent event = make.index(make.started(1, static_cast<uint32_t>(n + 1)));
    EXPECT_TRUE(index_->apply({&event, 1}, {n}, {n + 1}).is_ok());
    ++added;
    if (n % 20 == 19) {
      EXPECT_TRUE(index_->seal().is_ok());
    }
  }
  is_done = true;
  for (std::thread& reader : readers) reader.join();
  EXPECT_TRUE(index_->damage().is_ok()) << index_->damage().message();
  EXPECT_EQ(block_files().size(), 30u);
}

}  // namespace
}  // namespace spoor::collector
