#include "collector/receive/log_writer.h"

#include <gmock/gmock.h>

#include "collector/log/cursor.h"
#include "tests/support/fake_files.h"
#include "tests/unit/collector/receive/receive_fixture.h"

namespace spoor::collector {
namespace {

class LogWriterTest : public ReceiveFixture {
 protected:
  StreamWriter command_{1};
};

// The disk says no: nothing is promised, nothing is lost, and it goes on when there is room.
TEST_F(LogWriterTest, AFailedWriteCommitsNothing) {
  auto peer = connect({&command_});
  const SealedFrame first = command_.frame();
  const SealedFrame second = command_.frame();
  disk_ = full("no space left on device");
  peer->send(frame_message(first));
  peer->send(frame_message(second));
  write();
  EXPECT_EQ(peer->committed(command_), "");
  EXPECT_EQ(peer->refused(), v1::Refuse::CODE_UNAVAILABLE);
  EXPECT_EQ(peer->sent.back().refuse().retry_after_ms(), kRetryAfterMs);
  disk_ = ok();
  auto again = connect({&command_});
  EXPECT_EQ(again->resumed().epoch(), 0u);
  again->send(frame_message(first));
  again->send(frame_message(second));
  write();
  EXPECT_EQ(again->committed(command_), "1/2");
  EXPECT_EQ(log_.size(), 2u);
}

// Frames behind one that was given up must not be written: they would leave a hole.
TEST_F(LogWriterTest, WhatFollowsAFailedWriteIsDropped) {
  auto peer = connect({&command_});
  peer->send(frame_message(command_.frame()));
  disk_ = full("no space left on device");
  writer_->step();
  disk_ = ok();
  EXPECT_EQ(peer->refused(), v1::Refuse::CODE_UNAVAILABLE);
  // In flight when the write failed: the intake had taken it.
  StreamHead head;
  head.stream = command_.stream();
  head.event_class = EventClass::command;
  head.epoch = 1;
  head.sequence = 2;
  QueuedBlock block;
  block.entry = {"web1", 0, head, "bytes"};
  ASSERT_EQ(intake_.put(peer, std::move(block)), Intake::Put::queued);
  write();
  EXPECT_TRUE(log_.empty());
}

TEST_F(LogWriterTest, TheNewerConnectionTakesOver) {
  auto old = connect({&command_});
  old->send(frame_message(command_.frame()));
  const SealedFrame second = command_.frame();
  old->send(frame_message(second));
  // While frames of the old connection are still queued, a new one says Hello.
  auto fresh = connect();
  fresh->send(hello_message({&command_}));
  EXPECT_TRUE(fresh->sent.empty());
  // What the old one says now does not count any more.
  old->send(frame_message(command_.frame()));
  EXPECT_EQ(old->refused(), v1::Refuse::CODE_UNAVAILABLE);
  write();
  EXPECT_EQ(fresh->resumed().next_sequence(), 3u);
  fresh->send(frame_message(second));  // it sends again what it is not sure of
  EXPECT_EQ(log_.size(), 2u);
  EXPECT_EQ(fresh->committed(command_), "1/2");
}

TEST_F(LogWriterTest, TheDisplacedConnectionIsTold) {
  auto old = connect({&command_});
  auto fresh = connect({&command_});
  EXPECT_EQ(old->refused(), v1::Refuse::CODE_UNAVAILABLE);
  EXPECT_EQ(fresh->refused(), v1::Refuse::CODE_UNSPECIFIED);
}

TEST_F(LogWriterTest, WhoHasLeftIsNotDisplaced) {
  auto old = connect({&command_});
  old->send(frame_message(command_.frame()));
  intake_.leave(old.get());
  auto fresh = connect({&command_});
  EXPECT_EQ(old->refused(), v1::Refuse::CODE_UNSPECIFIED);
  EXPECT_EQ(fresh->resumed().next_sequence(), 2u);  // what it had handed over was written
}

TEST_F(LogWriterTest, AnAgentKeepsTheNameOfItsStreams) {
  auto peer = connect({&command_}, "web1");
  peer->send(frame_message(command_.frame()));
  write();
  auto renamed = connect({&command_}, "db7");
  renamed->send(frame_message(command_.frame()));
  write();
  EXPECT_EQ(log_[1].agent, "web1");
}

TEST_F(LogWriterTest, StreamsOfTwoAgentsOrOfAnotherClassAreDenied) {
  StreamWriter other{2};
  auto one = connect({&command_}, "web1");
  one->send(frame_message(command_.frame()));
  auto two = connect({&other}, "web2");
  two->send(frame_message(other.frame()));
  write();
  EXPECT_EQ(connect({&command_, &other}, "web1")->refused(), v1::Refuse::CODE_DENIED);
  const StreamWriter changed{1, EventClass::access};
  EXPECT_EQ(connect({&changed}, "web1")->refused(), v1::Refuse::CODE_DENIED);
}

TEST_F(LogWriterTest, GroupsAreBounded) {
  auto peer = connect({&command_});
  intake_.release(0);
  v1::Event event;
  std::string noise;
  while (noise.size() < 900'000) noise += text_of(random_id());
  event.mutable_shell_line()->set_line(noise);
  for (int i = 0; i < 6; ++i)
    peer->send(frame_message(command_.frame(std::vector<v1::Event>{event})));
  writes_ = 0;
  ASSERT_TRUE(writer_->step());
  EXPECT_EQ(log_.size(), 4u);  // 4 MiB at a time
  ASSERT_TRUE(writer_->step());
  EXPECT_FALSE(writer_->step());
  EXPECT_EQ(log_.size(), 6u);
  EXPECT_EQ(writes_, 2);
}

// The writer on a real log, and the power goes between append and sync, again and again: what an
// agent was told is there is there, and each frame is there once.
TEST(LogWriterOnALog, ACrashBetweenAppendAndSyncBreaksNoPromise) {
  FakeFiles files;
  FakeClock clock;
  StreamWriter stream{1};
  std::vector<SealedFrame> frames;
  for (int i = 0; i < 60; ++i) frames.push_back(stream.frame());
  uint64_t promised = 0;
  for (uint64_t seed = 1; promised < frames.size(); ++seed) {
    auto log = std::move(Log::open(files, "/log")).value();
    std::vector<LogWriter::Known> known;
    for (const KnownStream& k : log->opened_with()) known.push_back({k.agent, k.head});
    int groups = 0;
    const auto write = [&](std::span<const NewEntry> entries) -> Status {
      RETURN_IF_ERROR(log->append(entries));
      if (++groups == 2) files.crash(seed);
      return log->sync();
    };
    Intake intake;
    LogWriter writer(intake, write, clock, known);
    const auto peer = std::make_shared<TestPeer>(intake, clock, LogIdentity{});
    peer->send(hello_message({&stream}));
    writer.step();
    const uint64_t next = peer->resumed().epoch() == 0 ? 1 : peer->resumed().next_sequence();
    ASSERT_GT(next, promised) << "a promise was broken";
    for (uint64_t n = next; n < next + 4 && n <= frames.size(); ++n) {
      peer->send(frame_message(frames[n - 1]));
      if (n % 2 == 0) writer.step();  // two frames a group
    }
    writer.step();
    for (const v1::ShipResponse& r : peer->sent)
      if (r.has_commit()) promised = std::max(promised, r.commit().sequence());
    files.crash(seed);
  }
  const auto log = std::move(Log::open(files, "/log")).value();
  LogCursor cursor = log->read_after({});
  const auto batch = cursor.read(1 << 30);
  ASSERT_EQ(batch->entries.size(), frames.size());
  for (size_t i = 0; i < frames.size(); ++i) EXPECT_EQ(batch->entries[i].block, frames[i].block);
}

}  // namespace
}  // namespace spoor::collector
