#include "agent/spool_thread.h"

#include <gtest/gtest.h>

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <thread>

#include "common/ed25519.h"
#include "tests/support/fake_clock.h"
#include "tests/support/fake_files.h"
#include "tests/support/spool_disk.h"
#include "tests/support/temp_folder.h"

namespace spoor::agent {
namespace {

const SpoolThread::Commits kCommits{CommitInbox("/nowhere", 0), TrustFile("/nowhere/trust", {})};
const SpoolThread::Paths kPaths{"/state/tables", "/spool/log-cursors", "/spool/status"};

TEST(SpoolThreadTest, WhatWasQueuedIsOnDiskWhenItEnds) {
  FakeFiles files;
  FakeClock clock;
  ASSERT_TRUE(files.make_folder("/state").is_ok());
  auto spool = *Spool::open(files, clock, {"/spool"});
  const Id stream = spool->stream(EventClass::command).id;
  FrameWriter writer;
  writer.add("fields", "text", 1, 1, 1);
  FrameWriter::Place place;
  place.event_class = EventClass::command;
  place.stream = stream;
  place.epoch = spool->epoch();
  place.epoch_nonce = spool->nonce();
  const SealedFrame frame = writer.seal(place);
  LedgerMark mark;
  mark.base = 4;
  mark.greatest = mark.low_water = 5;
  mark.accounted = 1;
  {
    SpoolThread thread(std::move(spool), kCommits, files, clock, kPaths, {});
    thread.queue().push({frame, mark});
    thread.queue().push_state({"tables of today", 40, "cursors"});
    thread.start();
    while (thread.saved_position() == 0) std::this_thread::yield();
    EXPECT_EQ(thread.saved_position(), 40u);
  }
  EXPECT_EQ(files.content("/state/tables"), "tables of today");
  files.crash(1);
  EXPECT_EQ(files.content("/spool/log-cursors"), "cursors");
  auto again = *Spool::open(files, clock, {"/spool"});
  EXPECT_EQ(again->stream(EventClass::command).head.chain, frame.chain);
}

TEST(SpoolThreadTest, FinishedAllIsOnDiskWhileItLives) {
  FakeFiles files;
  FakeClock clock;
  ASSERT_TRUE(files.make_folder("/state").is_ok());
  SpoolThread thread(*Spool::open(files, clock, {"/spool"}), kCommits, files, clock, kPaths, {});
  thread.start();
  thread.queue().push_state({"tables of today", 40});
  thread.finish();
  EXPECT_EQ(thread.saved_position(), 40u);
  EXPECT_EQ(files.content("/state/tables"), "tables of today");
}

// The next run would believe that all frames before the state are told of.
TEST(SpoolThreadTest, NoStateIsSavedWhileAFrameIsOnlyMissing) {
  FakeFiles files;
  FakeClock clock;
  ASSERT_TRUE(files.make_folder("/state").is_ok());
  auto spool = *Spool::open(files, clock, {"/spool"});
  FrameWriter writer;
  writer.add("fields", "text", 1, 1, 1);
  FrameWriter::Place place;
  place.event_class = EventClass::command;
  place.stream = spool->stream(EventClass::command).id;
  place.epoch = spool->epoch();
  PipelineFrame frame{writer.seal(place), {}};
  {
    SpoolThread thread(std::move(spool), kCommits, files, clock, kPaths, {});
    files.fail_next(FakeFiles::Operation::append, unavailable("a bad disk"), 2);
    thread.queue().push(std::move(frame));
    thread.queue().push_state({"state", 40, "cursors"});
  }
  EXPECT_FALSE(files.open_read("/state/tables").is_ok());
  EXPECT_FALSE(files.open_read("/spool/log-cursors").is_ok());
}

PipelineFrame frame_for(const Spool& spool) {
  FrameWriter writer;
  writer.add("fields", "text", 1, 1, 1);
  FrameWriter::Place place;
  place.event_class = EventClass::command;
  place.stream = spool.stream(EventClass::command).id;
  place.epoch = spool.epoch();
  return {writer.seal(place), {}};
}

// A disk that fails is told of, and the uplink reads how the agent fares.
TEST(SpoolThreadTest, TroubleIsAChangeAndInTheStatus) {
  FakeFiles files;
  FakeClock clock;
  ASSERT_TRUE(files.make_folder("/state").is_ok());
  auto spool = *Spool::open(files, clock, {"/spool"});
  PipelineFrame frame = frame_for(*spool);
  SpoolThread thread(std::move(spool), kCommits, files, clock, kPaths, Id{5});
  thread.status().set({.lost = 3});
  files.fail_next(FakeFiles::Operation::append, full("no room"), 2);
  thread.queue().push(std::move(frame));
  thread.finish();
  const auto changes = thread.take_changes();
  ASSERT_EQ(changes.size(), 1u);
  EXPECT_EQ(changes[0].state, SpoolState::disk_full);
  EXPECT_EQ(changes[0].events_lost, 1u);
  EXPECT_TRUE(thread.take_changes().empty());
  const auto status = decode_agent_status(files.content("/spool/status"));
  ASSERT_TRUE(status.is_ok()) << status.status().message();
  EXPECT_EQ(status->spool_state, SpoolState::disk_full);
  EXPECT_EQ(status->events, 1u);
  EXPECT_EQ(status->lost, 3u);
  EXPECT_GT(status->counter, 0u);
}

// What an uplink that was taken over can put where its notes should be.
class HostileUplinkTest : public ::testing::Test {
 protected:
  HostileUplinkTest() {
    EXPECT_TRUE(files_.make_folder("/state").is_ok());
    spool_ = *Spool::open(files_, clock_, {"/spool", 1u << 20, 600, 0});
    trust_.log_id.fill(7), trust_.key = key_.public_key();
    SpoolDisk writer;
    for (int i = 0; i < 6; ++i) {
      sealed_.push_back(writer.seal(*spool_, EventClass::command, 600));
      EXPECT_TRUE(spool_->append(sealed_.back()).is_ok());
    }
    std::ofstream(folder_ / "trust") << encode_trust(trust_);
  }
  CommitNote promise() {
    CommitNote note = SpoolDisk::note_for(*spool_, sealed_.back());
    note.log_id = trust_.log_id;
    note.log_generation = 1;
    const std::string bytes = commit_signing_bytes(note);
    const Signature signature = *key_.sign(as_bytes(bytes));
    note.signature = as_text(signature);
    return note;
  }
  void write(const CommitNote& note) { std::ofstream(path()) << encode_commit_note(note); }
  std::string path() const { return folder_ / "command"; }
  // How many segments are left after the thread has looked at what is there.
  size_t left() {
    const uint32_t us = getuid();
    SpoolThread thread(std::move(spool_), {CommitInbox(folder_ / "", us),
                                           TrustFile(folder_ / "trust", {}, us)},
                       files_, clock_, kPaths, {});
    thread.queue().push_state({"something to do", 40});
    thread.finish();
    const auto names = *files_.list("/spool/command");
    return static_cast<size_t>(std::count_if(names.begin(), names.end(), [](const auto& name) {
      return name.ends_with(".seg");
    }));
  }

  TempFolder folder_;
  FakeFiles files_;
  FakeClock clock_;
  const SigningKey key_ = *SigningKey::generate();
  Trust trust_;
  std::unique_ptr<Spool> spool_;
  std::vector<SealedFrame> sealed_;
};

TEST_F(HostileUplinkTest, TheLogsOwnPromiseIsBelieved) {
  write(promise());
  EXPECT_EQ(left(), 1u);
}

TEST_F(HostileUplinkTest, ForgedNoteRemovesNothing) {
  CommitNote note = promise();
  note.signature[5] = static_cast<char>(note.signature[5] ^ 1);
  write(note);
  EXPECT_EQ(left(), 6u);
}

TEST_F(HostileUplinkTest, NoteWithoutSignatureRemovesNothing) {
  CommitNote note = promise();
  note.signature.clear();
  write(note);
  EXPECT_EQ(left(), 6u);
}

TEST_F(HostileUplinkTest, SpoiltTrustMakesNoNoteGood) {
  std::ofstream(folder_ / "trust") << "spoor-trust 1\n";
  CommitNote note = promise();
  write(note);
  EXPECT_EQ(left(), 6u);
}

TEST_F(HostileUplinkTest, WhatIsNoNoteNeitherBlocksNorRemoves) {
  ASSERT_EQ(mkfifo(path().c_str(), 0600), 0);
  EXPECT_EQ(left(), 6u);
}

TEST_F(HostileUplinkTest, LinkToAPromiseIsNone) {
  std::ofstream(folder_ / "elsewhere") << encode_commit_note(promise());
  ASSERT_EQ(symlink((folder_ / "elsewhere").c_str(), path().c_str()), 0);
  EXPECT_EQ(left(), 6u);
}

TEST_F(HostileUplinkTest, FileOfAGibibyteIsNotRead) {
  write(promise());
  ASSERT_EQ(truncate(path().c_str(), 1 << 30), 0);
  EXPECT_EQ(left(), 6u);
}

}  // namespace
}  // namespace spoor::agent
