#include "collector/receive/stream_state.h"

#include "tests/unit/collector/receive/receive_fixture.h"

namespace spoor::collector {
namespace {

FrameHead head_of(const SealedFrame& f) { return {f.header, f.previous_chain, f.chain}; }

class StreamStateTest : public testing::Test {
 protected:
  StreamStateTest() {
    state_.offer.stream = writer_.stream();
    state_.offer.event_class = writer_.event_class();
    state_.head.stream = writer_.stream();
  }
  Verdict judge(const SealedFrame& frame) { return judge_frame(head_of(frame), {}, state_); }
  void accept(const SealedFrame& frame) {
    const Verdict verdict = judge(frame);
    ASSERT_EQ(verdict.kind, Verdict::Kind::accept) << verdict.refusal.text;
    state_.points.moved(state_.head, verdict.head);
    state_.head = verdict.head;
    state_.recent.add({frame.header.epoch, frame.header.last_sequence, frame.chain});
  }
  void expect_refused(const Verdict& verdict, v1::Refuse::Code code) {
    EXPECT_EQ(verdict.kind, Verdict::Kind::refuse);
    EXPECT_EQ(verdict.refusal.code, code) << verdict.refusal.text;
  }
  StreamWriter writer_{1};
  StreamState state_;
};

TEST_F(StreamStateTest, AnUnknownStreamBeginsWhereTheOfferSays) {
  writer_.frame(5);
  const SealedFrame later = writer_.frame();
  EXPECT_EQ(judge(later).kind, Verdict::Kind::accept);  // the spool was empty at Hello
  state_.offer.chain_before = later.previous_chain;
  state_.offer.previous_epoch = 1;
  state_.offer.previous_sequence = 5;
  EXPECT_EQ(judge(later).kind, Verdict::Kind::accept);
  state_.offer.previous_sequence = 4;
  expect_refused(judge(later), v1::Refuse::CODE_GAP);
  state_.offer.previous_sequence = 5;
  state_.offer.chain_before = Hash{};
  expect_refused(judge(later), v1::Refuse::CODE_GAP);
}

TEST_F(StreamStateTest, TheEndOfAnEpochMayNotBeMissing) {
  accept(writer_.frame(2));
  const SealedFrame lost = writer_.frame(3);
  writer_.next_epoch();
  const SealedFrame next = writer_.frame();
  expect_refused(judge(next), v1::Refuse::CODE_GAP);
  const SkipVerdict skip = judge_skip(skip_message(lost).skip(), state_);
  ASSERT_EQ(skip.verdict.kind, Verdict::Kind::accept) << skip.verdict.refusal.text;
  state_.head = skip.verdict.head;
  EXPECT_EQ(state_.head.sequence, 5u);
  EXPECT_EQ(judge(next).kind, Verdict::Kind::accept);
}

// An uplink that finds an epoch's frames gone knows the epoch by name only.
TEST_F(StreamStateTest, AWholeEpochMayBeMissing) {
  accept(writer_.frame(2));
  writer_.next_epoch();
  const SealedFrame lost = writer_.frame(3);
  writer_.next_epoch();
  const SealedFrame next = writer_.frame();
  v1::Skip message = skip_message(lost).skip();
  message.clear_nonce();
  const SkipVerdict skip = judge_skip(message, state_);
  ASSERT_EQ(skip.verdict.kind, Verdict::Kind::accept) << skip.verdict.refusal.text;
  state_.head = skip.verdict.head;
  EXPECT_EQ(judge(next).kind, Verdict::Kind::accept);
}

// An uplink that names no point before a hole does not know the log's end as its own host's: what
// that held there may be gone, too, and a copy have sent what the log has.
TEST_F(StreamStateTest, AHoleBehindAPointThatTheHostDoesNotKnowIsAFork) {
  accept(writer_.frame(2));
  const SealedFrame rest = writer_.frame(3);
  writer_.next_epoch();
  const SealedFrame whole = writer_.frame(3);
  for (const SealedFrame* lost : {&rest, &whole}) {
    v1::Skip message = skip_message(*lost).skip();
    message.set_previous_epoch(0);
    message.set_previous_sequence(0);
    const SkipVerdict skip = judge_skip(message, state_);
    expect_refused(skip.verdict, v1::Refuse::CODE_FORK);
    EXPECT_EQ(skip.frame.header.first_sequence, lost->header.first_sequence);
    message.set_previous_epoch(1);
    message.set_previous_sequence(2);
    EXPECT_EQ(judge_skip(message, state_).verdict.kind, Verdict::Kind::accept);
  }
}

// He who has its key would else leave the host no epoch that it could go on in.
TEST_F(StreamStateTest, EpochsCannotBeUsedUp) {
  accept(writer_.frame(2));
  SealedFrame frame = writer_.frame();
  v1::Skip skip = skip_message(frame).skip();
  skip.set_first_sequence(1);
  for (const uint64_t epoch : {1ull << 62, (1ull << 40) + 2}) {
    frame.header.epoch = epoch;
    expect_refused(judge(frame), v1::Refuse::CODE_LIMIT);
    skip.set_epoch(epoch);
    expect_refused(judge_skip(skip, state_).verdict, v1::Refuse::CODE_LIMIT);
  }
  skip.set_epoch((1ull << 40) + 1);
  EXPECT_EQ(judge_skip(skip, state_).verdict.kind, Verdict::Kind::accept);
  // The host was driven on in another of its streams, or begins new ones.
  frame.header.epoch = (1ull << 40) + 2;
  state_.agent_epoch = (1ull << 40) + 1;
  EXPECT_NE(judge(frame).refusal.code, v1::Refuse::CODE_LIMIT);
  state_.head.epoch = state_.agent_epoch = 0;
  EXPECT_NE(judge(frame).refusal.code, v1::Refuse::CODE_LIMIT);
}

// They take no sequence, and a power cut may take them.
TEST_F(StreamStateTest, WhoLostCheckpointsLostNothing) {
  accept(writer_.frame(2));
  StreamWriter copy = writer_;
  copy.frame(2);
  accept(writer_.frame(2));
  std::vector<StreamWriter> disks;
  for (int i = 0; i < 3; ++i) {
    disks.push_back(writer_);
    accept(writer_.checkpoint());
  }
  for (StreamWriter& disk : disks) {
    StreamWriter same_epoch = disk;
    expect_refused(judge(same_epoch.frame()), v1::Refuse::CODE_FORK);
    disk.next_epoch();
    EXPECT_EQ(judge(disk.frame()).kind, Verdict::Kind::accept);
  }
  copy.next_epoch();
  expect_refused(judge(copy.frame()), v1::Refuse::CODE_FORK);
  // Nor is a point further back called this one.
  StreamWriter older = copy;
  accept(writer_.frame());
  older.go_on_from({1, 5, disks[0].chain()});
  expect_refused(judge(older.frame()), v1::Refuse::CODE_FORK);
}

// Damage took it on the host, and without it the chain does not go on. It has no sequence.
TEST_F(StreamStateTest, ACheckpointThatIsMissingIsSkipped) {
  accept(writer_.frame(2));
  const SealedFrame checkpoint = writer_.checkpoint();
  const SealedFrame next = writer_.frame();
  expect_refused(judge(next), v1::Refuse::CODE_FORK);
  const v1::Skip good = skip_message(checkpoint).skip();
  v1::Skip skip = good;
  skip.set_events(1);
  expect_refused(judge_skip(skip, state_).verdict, v1::Refuse::CODE_PROTOCOL);
  skip = good;
  skip.set_chain_after(text_of(state_.head.chain));  // nothing is missing
  expect_refused(judge_skip(skip, state_).verdict, v1::Refuse::CODE_PROTOCOL);
  skip = good;
  skip.set_first_sequence(2), skip.set_last_sequence(1);
  expect_refused(judge_skip(skip, state_).verdict, v1::Refuse::CODE_GAP);
  const SkipVerdict skipped = judge_skip(good, state_);
  ASSERT_EQ(skipped.verdict.kind, Verdict::Kind::accept) << skipped.verdict.refusal.text;
  EXPECT_EQ(skipped.verdict.head.sequence, 2u);
  state_.head = skipped.verdict.head;
  EXPECT_EQ(judge(next).kind, Verdict::Kind::accept);
}

// The host's disk lost what it had not synced; the collector has it. The new epoch says so.
TEST_F(StreamStateTest, AHostMayKnowLessThanTheLog) {
  accept(writer_.frame(2));
  StreamWriter restored = writer_;
  accept(writer_.frame(2));
  restored.next_epoch();
  EXPECT_EQ(judge(restored.frame()).kind, Verdict::Kind::accept);
}

// Two hosts that are copies of one running machine write one epoch, and one of them begins a later
// one at a point where the log has the other's frames: what lies before it is not passed over.
TEST_F(StreamStateTest, ALaterEpochOfAnotherHistoryIsAFork) {
  accept(writer_.frame(2));
  StreamWriter copy = writer_;
  accept(writer_.frame());
  accept(writer_.frame(3));
  copy.frame(2);
  copy.next_epoch();
  expect_refused(judge(copy.frame()), v1::Refuse::CODE_FORK);
  // Nor where the log has gone on to yet another epoch.
  writer_.next_epoch();
  accept(writer_.frame());
  copy.next_epoch();
  expect_refused(judge(copy.frame()), v1::Refuse::CODE_FORK);
}

// Each time the power went before anything of the new epoch was on disk.
TEST_F(StreamStateTest, AHostMayLoseWholeEpochs) {
  accept(writer_.frame(2));
  StreamWriter disk = writer_;
  accept(writer_.frame(2));
  for (int i = 0; i < 3; ++i) {
    disk.next_epoch();
    StreamWriter lost = disk;
    accept(lost.frame());
    accept(lost.frame());
  }
}

// It has lost all that it ever had: nothing is hidden before that.
TEST_F(StreamStateTest, AHostMayBeginFromNothing) {
  StreamWriter disk = writer_;
  accept(writer_.frame(2));
  for (size_t i = 0; i < ChainMarks::kMarksMax; ++i) accept(writer_.frame());
  disk.next_epoch();
  accept(disk.frame());
}

TEST_F(StreamStateTest, WhatAHostMayLoseIsBounded) {
  accept(writer_.frame(2));
  StreamWriter older = writer_;
  accept(writer_.frame());
  StreamWriter old = writer_;
  for (size_t i = 0; i + 1 < ChainMarks::kMarksMax; ++i) accept(writer_.frame());
  older.next_epoch();
  old.next_epoch();
  expect_refused(judge(older.frame()), v1::Refuse::CODE_FORK);
  accept(old.frame());
}

TEST_F(StreamStateTest, AnEpochThatWasBegunTwiceIsAFork) {
  accept(writer_.frame());
  StreamWriter copy = writer_;
  writer_.next_epoch();
  accept(writer_.frame());
  copy.next_epoch();
  copy.next_epoch();
  SealedFrame other = copy.frame();
  other.header.epoch = 2;
  other.header.first_sequence = other.header.last_sequence = 2;
  expect_refused(judge(other), v1::Refuse::CODE_FORK);
}

TEST_F(StreamStateTest, FramesFromBeforeTheResumePointAreRefused) {
  const SealedFrame first = writer_.frame();
  const SealedFrame second = writer_.frame();
  accept(first);
  accept(second);
  state_.recent = {};  // as after a restart: only the head is known
  state_.points = {};  // and of a log that was damaged
  state_.recent.add({1, 2, second.chain});
  EXPECT_EQ(judge(second).kind, Verdict::Kind::duplicate);
  expect_refused(judge(first), v1::Refuse::CODE_PROTOCOL);
  writer_.next_epoch();
  accept(writer_.frame());
  state_.recent = {};
  state_.points = {};
  expect_refused(judge(second), v1::Refuse::CODE_PROTOCOL);
}

TEST_F(StreamStateTest, OverlapIsAFork) {
  StreamWriter copy = writer_;
  accept(writer_.frame(3));
  accept(writer_.frame(3));
  copy.frame(3);
  SealedFrame overlap = copy.frame(5);
  expect_refused(judge(overlap), v1::Refuse::CODE_FORK);
}

// However far back it begins: an uplink that cannot tell whose the log's end is shows it so.
TEST_F(StreamStateTest, WhatHoldsTheHeadsSequenceIsThatFrameOrAFork) {
  accept(writer_.frame(2));
  StreamWriter copy = writer_;
  const SealedFrame other = copy.frame(2 * kRecentFramesMax);
  for (size_t i = 0; i < 2 * kRecentFramesMax; ++i) accept(writer_.frame());
  expect_refused(judge(other), v1::Refuse::CODE_FORK);  // ends where the log does
  const SealedFrame evicted = copy.tombstone({other, copy.frame()});
  expect_refused(judge_frame(head_of(evicted), Tombstone{.events = 1}, state_),
                 v1::Refuse::CODE_FORK);
}

TEST_F(StreamStateTest, RemembersABoundedNumberOfFrames) {
  const SealedFrame first = writer_.frame();
  accept(first);
  for (size_t i = 1; i < ChainMarks::kMarksMax; ++i) accept(writer_.frame());
  EXPECT_EQ(judge(first).kind, Verdict::Kind::duplicate);
  accept(writer_.frame());
  expect_refused(judge(first), v1::Refuse::CODE_PROTOCOL);
}

TEST_F(StreamStateTest, ClassAndBounds) {
  SealedFrame frame = writer_.frame();
  state_.offer.event_class = EventClass::input;
  expect_refused(judge(frame), v1::Refuse::CODE_PROTOCOL);
  state_.offer.event_class = EventClass::command;
  frame.header.last_sequence = UINT64_MAX;
  expect_refused(judge(frame), v1::Refuse::CODE_LIMIT);
  const SealedFrame lost = writer_.frame();
  expect_refused(judge_frame(head_of(lost), Tombstone{.events = 2}, state_),
                 v1::Refuse::CODE_CORRUPT);
}

// Whatever a Skip says, it is answered, and never trips the frame writer's own checks.
TEST_F(StreamStateTest, HostileSkips) {
  accept(writer_.frame(2));
  const v1::Skip good = skip_message(writer_.frame(3)).skip();
  EXPECT_EQ(judge_skip(good, state_).verdict.kind, Verdict::Kind::accept);
  const auto broken = [&](auto change) {
    v1::Skip skip = good;
    change(skip);
    EXPECT_EQ(judge_skip(skip, state_).verdict.kind, Verdict::Kind::refuse)
        << skip.ShortDebugString();
  };
  for (const uint64_t number : {uint64_t{0}, uint64_t{1}, uint64_t{4}, UINT64_MAX}) {
    broken([&](v1::Skip& s) { s.set_first_sequence(number); });
    if (number != 4) broken([&](v1::Skip& s) { s.set_first_sequence(1), s.set_epoch(number); });
    broken([&](v1::Skip& s) { s.set_epoch(7), s.set_previous_epoch(number); });
  }
  broken([](v1::Skip& s) { s.set_last_sequence(2); });
  broken([](v1::Skip& s) { s.set_last_sequence(UINT64_MAX); });
  broken([](v1::Skip& s) { s.set_events(4); });
  broken([](v1::Skip& s) { s.set_chain_after("short"); });
  broken([](v1::Skip& s) { s.set_nonce("short"); });
  broken([](v1::Skip& s) { s.set_stream_class(v1::CLASS_INPUT); });
  broken([](v1::Skip& s) { s.set_cause(v1::Loss::CAUSE_BACKLOG); });
  broken([](v1::Skip& s) { s.set_cause(static_cast<v1::Loss::Cause>(1234)); });
}

TEST_F(StreamStateTest, ASkipMayOpenAStreamThatTheLogForgot) {
  const SealedFrame lost = writer_.frame(3);
  EXPECT_EQ(judge_skip(skip_message(lost).skip(), state_).verdict.kind, Verdict::Kind::accept);
}

}  // namespace
}  // namespace spoor::collector
