#include "agent/uplink/commit_outbox.h"

#include <gtest/gtest.h>

#include "tests/support/fake_clock.h"
#include "tests/support/fake_files.h"

namespace spoor::uplink {
namespace {

TEST(CommitOutboxTest, NewestNoteOfEachStreamAtMostOnceASecond) {
  FakeFiles files;
  FakeClock clock;
  ASSERT_TRUE(files.make_folder("/commit").is_ok());
  CommitOutbox outbox(files, clock, "/commit");
  const auto sequence_on_disk = [&] {
    return decode_commit_note(files.content("/commit/command"))->sequence;
  };
  CommitNote note;
  note.sequence = 1;
  outbox.put(EventClass::command, note);
  ASSERT_TRUE(outbox.write_due(false).is_ok());
  EXPECT_EQ(sequence_on_disk(), 1u);
  for (note.sequence = 2; note.sequence < 9; ++note.sequence) outbox.put(EventClass::command, note);
  ASSERT_TRUE(outbox.write_due(false).is_ok());
  EXPECT_EQ(sequence_on_disk(), 1u);
  clock.advance_ns(kNsPerSecond);
  ASSERT_TRUE(outbox.write_due(false).is_ok());
  EXPECT_EQ(sequence_on_disk(), 8u);
}

TEST(CommitOutboxTest, WhatFailedIsWrittenNextTime) {
  FakeFiles files;
  FakeClock clock;
  ASSERT_TRUE(files.make_folder("/commit").is_ok());
  CommitOutbox outbox(files, clock, "/commit");
  outbox.put(EventClass::access, {});
  files.fail_next(FakeFiles::Operation::append, full("disk"));
  EXPECT_EQ(outbox.write_due(true).code(), Code::full);
  EXPECT_FALSE(files.exists("/commit/access"));
  ASSERT_TRUE(outbox.write_due(true).is_ok());
  EXPECT_TRUE(files.exists("/commit/access"));
}

}  // namespace
}  // namespace spoor::uplink
