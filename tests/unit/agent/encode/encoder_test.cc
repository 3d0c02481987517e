#include "agent/encode/encoder.h"

#include <gtest/gtest.h>

#include "common/frame/checkpoint.h"
#include "common/frame/reader.h"
#include "spoor/v1/event.pb.h"

namespace spoor::agent {
namespace {

class EncoderTest : public ::testing::Test {
 protected:
  EncoderTest() {
    host_.name = "web1";
    place_.epoch = 3;
    for (size_t i = 0; i < kEventClasses; ++i)
      place_.streams[i].id[0] = static_cast<uint8_t>(i + 1);
    encoder_.emplace(host_, place_, [this](EncodedFrame&& f) { frames_.push_back(std::move(f)); });
  }
  static Instant at_ms(int64_t ms) { return {ms * kNsPerMs, ms * kNsPerMs}; }

  // A command's event: its audit event must outlive the call only.
  void add_command(uint32_t serial, int64_t ms, size_t text_bytes = 20) {
    AuditEvent audit;
    audit.key = {ms, serial};
    audit.text.assign(text_bytes, 't');
    audit.records.push_back({1300, true, 0, static_cast<uint32_t>(text_bytes)});
    Fact fact;
    fact.order = ++order_;
    fact.time_ns = ms * kNsPerMs;
    fact.audit = &audit;
    fact.kind = CommandStarted{};
    encoder_->add(fact, at_ms(ms));
  }
  void add_state(int64_t ms) {
    Fact fact;
    fact.order = ++order_;
    fact.time_ns = ms * kNsPerMs;
    fact.kind = AgentState{};
    encoder_->add(fact, at_ms(ms));
  }

  Host host_;
  WriterPlace place_;
  std::optional<Encoder> encoder_;
  std::vector<EncodedFrame> frames_;
  uint64_t order_ = 0;
};

TEST_F(EncoderTest, AccessClosesAfterFortyMsCommandsAfterAQuarterSecond) {
  add_state(1000);
  add_command(1, 1000);
  encoder_->tick(at_ms(1039));
  EXPECT_TRUE(frames_.empty());
  encoder_->tick(at_ms(1040));
  ASSERT_EQ(frames_.size(), 1u);
  EXPECT_EQ(frames_[0].frame.header.event_class, EventClass::access);
  encoder_->tick(at_ms(1249));
  EXPECT_EQ(frames_.size(), 1u);
  encoder_->tick(at_ms(1250));
  ASSERT_EQ(frames_.size(), 2u);
  EXPECT_EQ(frames_[1].frame.header.event_class, EventClass::command);
}

TEST_F(EncoderTest, ManyCommandsCloseAfterTwentyMs) {
  for (uint32_t i = 0; i < 63; ++i) add_command(i, 1000);
  encoder_->tick(at_ms(1020));
  EXPECT_EQ(frames_.size(), 0u);
  add_command(63, 1020);
  encoder_->tick(at_ms(1020));
  ASSERT_EQ(frames_.size(), 1u);
  EXPECT_EQ(frames_[0].frame.header.entries, 64u);
  EXPECT_EQ(frames_[0].serials, 64u);
}

TEST_F(EncoderTest, FullFrameClosesAtOnceAndALargeEventStandsAlone) {
  add_command(1, 1000);
  add_command(2, 1000, kFrameBytesTarget);
  ASSERT_EQ(frames_.size(), 2u);
  EXPECT_EQ(frames_[0].frame.header.entries, 1u);
  EXPECT_EQ(frames_[1].frame.header.entries, 1u);
}

TEST_F(EncoderTest, SequencesRunOnWithoutHolesAndChainsFollow) {
  for (uint32_t i = 0; i < 3; ++i) {
    add_command(i, 1000);
    add_command(100 + i, 1000);
    encoder_->flush();
  }
  Expected expected;
  for (const EncodedFrame& f : frames_) {
    const auto block = OpenBlock::open(as_bytes(f.frame.block));
    ASSERT_TRUE(block.is_ok()) << block.status().message();
    ASSERT_TRUE(check_continues(block->frames()[0].head, expected).is_ok());
    expected = {3, f.frame.header.last_sequence + 1, f.frame.chain};
  }
  EXPECT_EQ(expected.next_sequence, 7u);
}

TEST_F(EncoderTest, LeastOpenSerialIsModular) {
  EXPECT_FALSE(encoder_->least_open_serial());
  add_command(0xFFFFFFFE, 1000);
  add_command(2, 1000);
  EXPECT_EQ(encoder_->least_open_serial(), 0xFFFFFFFE);
  encoder_->flush();
  EXPECT_FALSE(encoder_->least_open_serial());
}

TEST_F(EncoderTest, EventBeyondItsLimitKeepsItsFieldsAndSaysWhatWasCut) {
  AuditEvent audit;
  audit.exec.emplace();
  audit.exec->argc = 1'000'000;
  audit.exec->args.resize(1'000'000);
  audit.text.assign(7u << 20, 't');
  audit.records.push_back({1309, true, 0, 7u << 20});
  Fact fact;
  fact.order = 1;
  fact.audit = &audit;
  fact.kind = CommandStarted{};
  encoder_->add(fact, at_ms(1));
  ASSERT_EQ(frames_.size(), 1u);
  const auto block = OpenBlock::open(as_bytes(frames_[0].frame.block));
  ASSERT_TRUE(block.is_ok());
  v1::Event event;
  v1::EventText text;
  const FrameEntry& entry = block->frames()[0].entries[0];
  ASSERT_TRUE(event.ParseFromArray(entry.fields->data(), static_cast<int>(entry.fields->size())));
  ASSERT_TRUE(text.ParseFromArray(entry.text->data(), static_cast<int>(entry.text->size())));
  EXPECT_EQ(event.command_started().args_size(), 1'000'000);
  EXPECT_EQ(event.incomplete(event.incomplete_size() - 1), v1::INCOMPLETE_TEXT_CUT);
  EXPECT_EQ(text.records_cut(), 1u);
}

TEST_F(EncoderTest, WindowsAreAsConfigured) {
  encoder_->set_windows({.access_ns = 5 * kNsPerMs,
                         .command_ns = 20 * kNsPerMs,
                         .busy_command_ns = 10 * kNsPerMs,
                         .busy_command_events = 2});
  add_state(1000);
  add_command(1, 1000);
  encoder_->tick(at_ms(1005));
  EXPECT_EQ(frames_.size(), 1u);
  encoder_->tick(at_ms(1019));
  EXPECT_EQ(frames_.size(), 1u);
  add_command(2, 1019);
  encoder_->tick(at_ms(1019));
  EXPECT_EQ(frames_.size(), 2u);
}

TEST_F(EncoderTest, CheckpointSignsWhereTheStreamsStandAndTheChainGoesOnBehindIt) {
  const SigningKey key = *SigningKey::generate();
  encoder_->checkpoint(key, at_ms(1));
  EXPECT_TRUE(frames_.empty());  // nothing to sign
  add_state(1000);
  add_command(1, 1000);
  encoder_->flush();
  ASSERT_EQ(frames_.size(), 2u);
  add_state(1001);  // open, and in none of it
  encoder_->checkpoint(key, at_ms(1002));
  ASSERT_EQ(frames_.size(), 3u);
  const SealedFrame& frame = frames_[2].frame;
  EXPECT_EQ(frame.header.kind, FrameKind::checkpoint);
  EXPECT_EQ(frame.header.event_class, EventClass::access);
  EXPECT_EQ(frame.header.last_sequence, 1u);
  EXPECT_EQ(frames_[2].serials, 0u);
  const auto block = OpenBlock::open(as_bytes(frame.block));
  ASSERT_TRUE(block.is_ok()) << block.status().message();
  const auto told = decode_checkpoint(*block->frames()[0].entries[0].fields);
  ASSERT_TRUE(told.is_ok());
  EXPECT_TRUE(is_signed(*told));
  EXPECT_EQ(told->key, key.public_key());
  EXPECT_EQ(told->time_ns, at_ms(1002).realtime_ns);
  EXPECT_EQ(told->streams[0].head.chain, frames_[0].frame.chain);
  EXPECT_EQ(told->streams[1].head.chain, frames_[1].frame.chain);
  EXPECT_EQ(told->streams[1].id, place_.streams[1].id);
  EXPECT_EQ(told->streams[2].head.epoch, 0u);

  encoder_->checkpoint(key, at_ms(2000));
  EXPECT_EQ(frames_.size(), 3u);  // nothing has changed
  encoder_->flush();
  ASSERT_EQ(frames_.size(), 4u);
  EXPECT_EQ(frames_[3].frame.previous_chain, frame.chain);
  EXPECT_EQ(frames_[3].frame.header.first_sequence, 2u);
  encoder_->checkpoint(key, at_ms(3000));
  EXPECT_EQ(frames_.size(), 5u);
}

// A range of sequences that is empty would be nothing that an uplink could offer.
TEST_F(EncoderTest, EpochOfTheAccessStreamDoesNotBeginWithACheckpoint) {
  add_command(1, 1000);
  encoder_->flush();
  encoder_->checkpoint(*SigningKey::generate(), at_ms(2000));
  EXPECT_EQ(frames_.size(), 1u);
}

}  // namespace
}  // namespace spoor::agent
