#include "agent/spool_thread.h"

#include <gtest/gtest.h>

#include <thread>

#include "tests/support/fake_clock.h"
#include "tests/support/fake_files.h"

namespace spoor::agent {
namespace {

const SpoolThread::Commits kCommits{CommitInbox("/nowhere", 0), TrustFile("/nowhere/trust")};
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

}  // namespace
}  // namespace spoor::agent
