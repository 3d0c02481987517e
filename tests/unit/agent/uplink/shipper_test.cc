#include "agent/uplink/shipper.h"

#include <gtest/gtest.h>

#include "common/agent_status.h"
#include "tests/unit/agent/uplink/shipper_fixture.h"

namespace spoor::uplink {
namespace {

TEST_F(ShipperTest, NothingIsSentBeforeTheResume) {
  append();
  EXPECT_EQ(greet().streams_size(), 4);
  shipper_->step();
  EXPECT_EQ(wire().sent.size(), 1u);
  resume();
  EXPECT_EQ(frames(), 1u);
}

// Whoever knows what grew spares the rest a look; what nobody told of is found all the same.
TEST_F(ShipperTest, OnlyWhatGrewIsLookedAt) {
  append();
  greet();
  resume();
  ASSERT_EQ(frames(), 1u);
  const Growths none{};
  append();
  append(EventClass::access);
  shipper_->step(none);
  EXPECT_EQ(frames(), 1u);
  Growths command{};
  command[static_cast<size_t>(EventClass::command) - 1] = Growth::tail;
  const Shipper::Next next = shipper_->step(command);
  EXPECT_EQ(frames(), 2u);
  EXPECT_GT(next.wait_ms, 0);
  shipper_->step(none);
  EXPECT_EQ(frames(), 2u);
  clock_.advance_ns(2 * kNsPerSecond);
  shipper_->step(none);
  EXPECT_EQ(frames(), 3u);
}

TEST_F(ShipperTest, CommitThatCameBeforeTheEndIsLeftForTheAgent) {
  const SealedFrame frame = append();
  greet();
  resume();
  v1::CommitPoint& commit = *wire().answers.emplace_back().mutable_commit();
  commit.set_log_id(std::string(16, 'L'));
  commit.set_stream(std::string(as_text(frame.header.stream)));
  commit.set_epoch(frame.header.epoch);
  commit.set_sequence(frame.header.last_sequence);
  commit.set_chain(std::string(as_text(frame.chain)));
  shipper_->close();
  const auto note = decode_commit_note(files_.content("/commit/command"));
  ASSERT_TRUE(note.is_ok());
  EXPECT_EQ(note->sequence, frame.header.last_sequence);
}

// A step takes a bounded number of frames, and comes back for the others by itself.
TEST_F(ShipperTest, WhatAStepLeavesTheNextOneTakes) {
  greet();
  resume();
  constexpr size_t kFrames = 100;
  for (size_t i = 0; i < kFrames; ++i) append();
  Shipper::Next next = shipper_->step();
  for (int i = 0; i < 10 && next.wait_ms == 0; ++i) next = shipper_->step(Growths{});
  EXPECT_EQ(frames(), kFrames);
  EXPECT_GT(next.wait_ms, 0);
}

// After a power cut the log may have frames that the disk lost: only the new epoch tells that from
// a host that was rolled back.
TEST_F(ShipperTest, HelloTellsAnEpochThatHasNoFrameYet) {
  append();
  spool_.reset();
  open_spool();
  const v1::Hello& hello = greet();
  for (const v1::StreamOffer& stream : hello.streams()) {
    const bool holds = stream.stream_class() == v1::CLASS_COMMAND;
    ASSERT_EQ(stream.epochs_size(), holds ? 2 : 1);
    const v1::EpochRange& newest = stream.epochs(stream.epochs_size() - 1);
    EXPECT_EQ(newest.epoch(), spool_->epoch());
    EXPECT_EQ(newest.nonce(), as_text(spool_->nonce()));
    EXPECT_EQ(newest.first_sequence(), 1u);
    EXPECT_EQ(newest.last_sequence(), 0u);
  }
}

// Else a host whose disk failed once cannot tell a hole over that epoch after the next start.
TEST_F(ShipperTest, WhereAnEpochEndedIsSavedOnceTheDiskWorks) {
  append();
  spool_.reset();
  open_spool();
  append();
  files_.fail_next(FakeFiles::Operation::rename, unavailable("broken"));
  greet();
  EXPECT_FALSE(files_.exists("/state/epoch_ends"));
  resume();
  EXPECT_TRUE(files_.exists("/state/epoch_ends"));
}

TEST_F(ShipperTest, HelloTellsInWhichBootTheAgentBegan) {
  AgentStatus status;
  status.boot_id = Id{7};
  status.version = "1";
  files_.put("/spool/status", encode_agent_status(status));
  EXPECT_EQ(greet().agent_boot_id(), as_text(status.boot_id));
}

// A host that was rolled back is judged by what its agent offers once it has begun.
TEST_F(ShipperTest, LogThatIsAheadIsAskedAgainWhenTheAgentHasBegun) {
  append();
  AgentStatus status;
  status.boot_id = Id{7};
  status.version = "1";
  files_.put("/spool/status", encode_agent_status(status));
  greet();
  resume({1, 9});
  clock_.advance_ns(10 * kNsPerSecond);
  EXPECT_FALSE(shipper_->step().is_pause);
  status.boot_id.fill(0xcc);
  files_.put("/spool/status", encode_agent_status(status));
  EXPECT_FALSE(shipper_->step().is_pause);  // it is looked at with every Status
  clock_.advance_ns(10 * kNsPerSecond);
  EXPECT_TRUE(shipper_->step().is_pause);
  greet();
  resume({1, 9});
  clock_.advance_ns(10 * kNsPerSecond);
  EXPECT_FALSE(shipper_->step().is_pause);  // once
}

TEST_F(ShipperTest, LogThatIsNotAheadIsNotAskedAgain) {
  append();
  greet();
  resume({1, 1});
  AgentStatus status;
  status.boot_id.fill(0xcc);
  status.version = "1";
  files_.put("/spool/status", encode_agent_status(status));
  clock_.advance_ns(10 * kNsPerSecond);
  EXPECT_FALSE(shipper_->step().is_pause);
}

TEST_F(ShipperTest, CollectorThatDoesNotAnswerIsLeft) {
  greet();
  clock_.advance_ns(10 * kNsPerSecond);
  EXPECT_FALSE(shipper_->step().is_pause);
  clock_.advance_ns(1);
  EXPECT_TRUE(shipper_->step().is_pause);
  EXPECT_FALSE(wire().open);
}

// A file for the agent has 512 bytes at most, whatever somebody calls a signature.
TEST_F(ShipperTest, ASignatureOfAnotherSizeIsNone) {
  const SealedFrame frame = append();
  greet();
  resume();
  v1::CommitPoint& commit = *wire().answers.emplace_back().mutable_commit();
  commit.set_log_id(std::string(16, 'L'));
  commit.set_stream(std::string(as_text(frame.header.stream)));
  commit.set_epoch(1);
  commit.set_sequence(1);
  commit.set_chain(std::string(as_text(frame.chain)));
  commit.set_algorithm(v1::CommitPoint::ALGORITHM_ED25519);
  commit.set_signature(std::string(1u << 20, 's'));
  shipper_->step();
  EXPECT_FALSE(wire().open);
  shipper_->close();
  EXPECT_FALSE(files_.exists("/commit/command"));
}

TEST_F(ShipperTest, LastCommitIsToldByTheNextUplinkToo) {
  const SealedFrame frame = append();
  EXPECT_FALSE(greet().streams(1).has_last_commit());
  resume();
  commit(frame);
  shipper_->close();
  start();
  const v1::StreamOffer& offer = greet().streams(1);
  EXPECT_EQ(offer.last_commit().log_id(), std::string(16, 'L'));
  EXPECT_EQ(offer.last_commit().sequence(), 1u);
  EXPECT_EQ(offer.last_commit().chain(), as_text(frame.chain));
}

TEST_F(ShipperTest, HoleThatACommitHadCoveredIsTheCollectorsRollback) {
  std::vector<SealedFrame> sealed;
  for (int i = 0; i < 4; ++i) sealed.push_back(append());
  spool_.reset();
  open_spool();
  for (int i = 0; i < 9; ++i) sealed.push_back(append());
  greet();
  resume();
  commit(sealed[6]);  // epoch 2, sequence 3
  wire().open = false;
  shipper_->step();
  remove_old_segments();
  shipper_->close();
  start();  // what ended which epoch is known to the next uplink, too
  greet();
  resume({1, 2});
  const auto told = skips();
  ASSERT_EQ(told.size(), 3u);
  const auto is = [&](int i, uint64_t epoch, uint64_t first, uint64_t last, const Hash& chain) {
    const v1::Skip& s = told[static_cast<size_t>(i)];
    EXPECT_EQ(s.epoch(), epoch);
    EXPECT_EQ(s.first_sequence(), first);
    EXPECT_EQ(s.last_sequence(), last);
    EXPECT_EQ(s.chain_after(), as_text(chain));
    EXPECT_EQ(s.nonce().size(), 16u);
  };
  is(0, 1, 3, 4, sealed[3].chain);
  is(1, 2, 1, 3, sealed[6].chain);
  EXPECT_EQ(told[1].cause(), v1::Loss::CAUSE_COLLECTOR_ROLLBACK);
  EXPECT_EQ(told[1].previous_epoch(), 1u);
  EXPECT_EQ(told[1].previous_sequence(), 4u);
  const uint64_t last = told[2].last_sequence();
  is(2, 2, 4, last, sealed[3 + last].chain);
  EXPECT_EQ(told[2].cause(), v1::Loss::CAUSE_SPOOL_MISSING);
  EXPECT_EQ(told[2].previous_sequence(), 3u);
}

// A log that came back from before it had anything of this stream, or a spool that lost its oldest.
TEST_F(ShipperTest, LogThatKnowsNothingIsToldWhatIsMissingAtTheBeginning) {
  for (int i = 0; i < 9; ++i) append();
  remove_old_segments();
  greet();
  EXPECT_EQ(wire().sent[0].hello().streams(1).previous_epoch(), 0u);
  EXPECT_EQ(wire().sent[0].hello().streams(1).chain_before(), std::string(32, '\0'));
  resume();
  const auto told = skips();
  ASSERT_EQ(told.size(), 1u);
  EXPECT_EQ(told[0].first_sequence(), 1u);
  EXPECT_EQ(told[0].previous_epoch(), 0u);
  EXPECT_EQ(told[0].cause(), v1::Loss::CAUSE_SPOOL_MISSING);
  EXPECT_EQ(told[0].last_sequence() + frames(), 9u);
}

// The log has a part of what the spool then gave up as one run.
TEST_F(ShipperTest, RestOfATombstoneIsASkip) {
  std::vector<SealedFrame> sealed;
  for (int i = 0; i < 6; ++i) sealed.push_back(append());
  greet();
  resume();
  ASSERT_EQ(frames(), 6u);
  give_up_all();
  connect_anew({1, 2}, sealed[1].chain);
  const auto told = skips();
  ASSERT_EQ(told.size(), 1u);
  EXPECT_EQ(told[0].first_sequence(), 3u);
  EXPECT_EQ(told[0].last_sequence(), 6u);
  EXPECT_EQ(told[0].cause(), v1::Loss::CAUSE_SPOOL_FULL);
  EXPECT_EQ(told[0].chain_after(), as_text(sealed[5].chain));
  EXPECT_EQ(frames(), 0u);
}

// An uplink that was started since knows it by the log's commit...
TEST_F(ShipperTest, RestOfATombstoneIsASkipBehindACommit) {
  std::vector<SealedFrame> sealed;
  for (int i = 0; i < 6; ++i) sealed.push_back(append());
  greet();
  resume();
  commit(sealed[1]);
  shipper_->close();
  start();
  give_up_all();
  greet();
  resume({1, 2}, sealed[1].chain);
  EXPECT_EQ(skips().size(), 1u);
  EXPECT_EQ(frames(), 0u);
}

// ...or because the frame at the log's end was there when it came.
TEST_F(ShipperTest, RestOfATombstoneIsASkipWhereTheLogsEndWasSeen) {
  SealedFrame last;
  for (int i = 0; i < 6; ++i) last = append();
  greet();
  resume({1, 6}, last.chain);
  append();
  give_up_all();
  connect_anew({1, 6}, last.chain);
  EXPECT_EQ(skips().size(), 1u);
  EXPECT_EQ(frames(), 0u);
}

// A checkpoint that damage took has no sequence that would be missed.
TEST_F(ShipperTest, CheckpointThatIsDamagedIsSkipped) {
  const SealedFrame first = append();
  FrameWriter::Place place{.first_sequence = 2, .last_sequence = 1};
  const SealedFrame checkpoint = append_checkpoint(place);
  append();
  damage(checkpoint);
  greet();
  resume({1, 1}, first.chain);
  const auto told = skips();
  ASSERT_EQ(told.size(), 1u);
  EXPECT_EQ(told[0].first_sequence(), 2u);
  EXPECT_EQ(told[0].last_sequence(), 1u);
  EXPECT_EQ(told[0].events(), 0u);
  EXPECT_EQ(told[0].chain_after(), as_text(checkpoint.chain));
  EXPECT_EQ(frames(), 1u);
}

// It was sent once, to a log that lost it; so was what lies before it, and goes there once more.
TEST_F(ShipperTest, CheckpointThatIsDamagedSinceItWasSentIsSkipped) {
  append();
  FrameWriter::Place place{.first_sequence = 2, .last_sequence = 1};
  const SealedFrame checkpoint = append_checkpoint(place);
  append();
  greet();
  resume();
  EXPECT_EQ(frames(), 3u);
  damage(checkpoint);
  wire().open = false;
  shipper_->step();
  greet();
  resume();
  EXPECT_EQ(frames(), 2u);
  ASSERT_EQ(skips().size(), 1u);
  EXPECT_EQ(skips()[0].chain_after(), as_text(checkpoint.chain));
}

// Damage took the frame at the log's end, too: an agent that goes on from there knows the point.
TEST_F(ShipperTest, CheckpointThatIsDamagedIsSkippedBehindAWishThatWasFollowed) {
  append();
  const SealedFrame second = append();
  FrameWriter::Place place{.first_sequence = 3, .last_sequence = 2};
  const SealedFrame checkpoint = append_checkpoint(place);
  append();
  damage(second);
  damage(checkpoint);
  greet();
  resume({1, 2}, second.chain);
  EXPECT_TRUE(skips().empty());
  EXPECT_EQ(frames(), 1u);  // which the log answers with a wish
  commit(second, v1::CommitPoint::WISH_NEW_EPOCH);
  agent::Fork followed;
  followed.log_id.fill('L');
  followed.stream = spool_->stream(EventClass::command).id;
  followed.epoch = 1;
  followed.sequence = 2;
  spool_.reset();
  files_.put("/spool/command/fork", encode_fork(followed));
  open_spool();
  append();
  clock_.advance_ns(5 * kNsPerSecond);
  EXPECT_TRUE(shipper_->step().is_pause);
  greet();
  resume({1, 2}, second.chain);
  const auto told = skips();
  ASSERT_EQ(told.size(), 1u);
  EXPECT_EQ(told[0].events(), 0u);
  EXPECT_EQ(told[0].chain_after(), as_text(checkpoint.chain));
  EXPECT_EQ(frames(), 2u);
}

// What was given up with a checkpoint at its beginning follows the frame before that.
TEST_F(ShipperTest, RestOfATombstoneBehindACheckpointIsASkip) {
  const SealedFrame first = append();
  FrameWriter::Place place{.first_sequence = 2, .last_sequence = 1};
  const SealedFrame checkpoint = append_checkpoint(place);
  append();
  const SealedFrame last = append();
  greet();
  resume();
  ASSERT_EQ(frames(), 4u);
  place.last_sequence = 3;
  const SealedFrame given_up = FrameWriter::seal_tombstone(
      place, {Tombstone::Cause::spool_full, 2, last.chain}, {1, 2, 1, 1, 2});
  const auto names = *files_.list("/spool/command");
  for (const std::string& name : names)
    ASSERT_TRUE(files_.remove("/spool/command/" + name).is_ok());
  files_.put("/spool/command/00000000000000000001-00000000000000000001.seg",
             encode_segment_header() + first.block + given_up.block);
  connect_anew({1, 1}, checkpoint.chain);
  const auto told = skips();
  ASSERT_EQ(told.size(), 1u);
  EXPECT_EQ(told[0].first_sequence(), 2u);
  EXPECT_EQ(told[0].last_sequence(), 3u);
  EXPECT_EQ(told[0].chain_after(), as_text(last.chain));
  EXPECT_EQ(frames(), 0u);
}

// A copy of this host has sent them: what was given up with ours there would go untold.
TEST_F(ShipperTest, TombstoneOverAPointThatIsNotOursIsSentAsItIs) {
  std::vector<SealedFrame> sealed;
  for (int i = 0; i < 6; ++i) sealed.push_back(append());
  greet();
  resume();
  give_up_all();
  Hash theirs;
  theirs.fill(0xCC);
  connect_anew({1, 2}, theirs);
  EXPECT_EQ(skips().size(), 0u);
  EXPECT_EQ(frames(), 1u);
}

// The segments that would show whose the log's end is are gone: then the log is told that we do not
// know, unless it was promised us, or seen.
TEST_F(ShipperTest, HoleBehindAPointThatIsNotOursNamesNoPoint) {
  std::vector<SealedFrame> sealed;
  for (int i = 0; i < 9; ++i) sealed.push_back(append());
  greet();
  resume({1, 2}, sealed[1].chain);
  remove_old_segments();
  const auto previous = [&](StreamPoint point, const Hash& chain) {
    connect_anew(point, chain);
    EXPECT_FALSE(skips().empty());
    return StreamPoint{skips().at(0).previous_epoch(), skips().at(0).previous_sequence()};
  };
  Hash theirs;
  theirs.fill(0xCC);
  EXPECT_EQ(previous({1, 2}, theirs), StreamPoint());
  EXPECT_EQ(previous({1, 2}, sealed[1].chain), (StreamPoint{1, 2}));  // we have met it
  EXPECT_EQ(previous({1, 4}, sealed[3].chain), (StreamPoint{1, 4}));  // and sent this
  shipper_->close();
  start();
  EXPECT_EQ(previous({1, 4}, sealed[3].chain), StreamPoint());
  commit(sealed[4]);
  shipper_->close();
  start();
  EXPECT_EQ(previous({1, 5}, sealed[4].chain), (StreamPoint{1, 5}));
  EXPECT_EQ(previous({1, 4}, sealed[3].chain), (StreamPoint{1, 4}));  // it came back older
}

// Nothing else of a host that is quiet would show it.
TEST_F(ShipperTest, FrameAtTheLogsEndIsSentWhereTheLogHasAnotherThere) {
  const SealedFrame first = append();
  const SealedFrame last = append();
  greet();
  resume({1, 2}, last.chain);
  EXPECT_EQ(frames(), 0u);
  Hash theirs;
  theirs.fill(0xCC);
  connect_anew({1, 2}, theirs);
  EXPECT_EQ(frames(), 1u);
}

TEST_F(ShipperTest, WaitsAsLongAsARefusalAsks) {
  greet();
  v1::Refuse& refuse = *wire().answers.emplace_back().mutable_refuse();
  refuse.set_code(v1::Refuse::CODE_UNAVAILABLE);
  refuse.set_retry_after_ms(5'000);
  const Shipper::Next next = shipper_->step();
  EXPECT_TRUE(next.is_pause);
  EXPECT_GE(next.wait_ms, 5'000);
  EXPECT_LE(next.wait_ms, 7'500);
  clock_.advance_ns((next.wait_ms - 1) * kNsPerMs);
  EXPECT_EQ(shipper_->step().wait_ms, 1);
  EXPECT_EQ(transport_.wires.size(), 1u);
}

TEST_F(ShipperTest, StreamThatWentApartRestsWhileTheOthersGoOn) {
  const SealedFrame frame = append();
  greet();
  resume();
  commit(frame, v1::CommitPoint::WISH_NEW_EPOCH);
  EXPECT_EQ(decode_commit_note(files_.content("/commit/command"))->wish, CommitWish::new_epoch);
  append(EventClass::command);
  append(EventClass::access);
  shipper_->step();
  EXPECT_EQ(frames(), 2u);
  clock_.advance_ns(5 * kNsPerSecond);
  EXPECT_TRUE(shipper_->step().is_pause);  // to offer anew what the agent has made of it
  greet();
  resume({1, 1});
  EXPECT_EQ(frames(), 2u);
}

TEST_F(ShipperTest, WishMayComeBeforeTheResume) {
  const SealedFrame frame = append();
  greet();
  commit(frame, v1::CommitPoint::WISH_NEW_EPOCH);
  resume({1, 1});
  append(EventClass::access);
  shipper_->step();
  EXPECT_EQ(frames(), 1u);
  EXPECT_EQ(decode_commit_note(files_.content("/commit/command"))->wish, CommitWish::new_epoch);
}

TEST_F(ShipperTest, StatusCarriesWhatTheAgentSaysOfItself) {
  AgentStatus agent;
  agent.counter = 77;
  agent.spool_state = SpoolState::disk_full;
  agent.version = "0.1.0";
  files_.put("/spool/status", encode_agent_status(agent));
  append();
  greet();
  resume();
  const auto statuses = [&] {
    std::vector<v1::Status> all;
    for (const auto& request : wire().sent) {
      if (request.has_status()) all.push_back(request.status());
    }
    return all;
  };
  ASSERT_EQ(statuses().size(), 1u);
  EXPECT_EQ(statuses()[0].agent_counter(), 77u);
  EXPECT_EQ(statuses()[0].spool_state(), v1::Status::SPOOL_DISK_FULL);
  EXPECT_EQ(statuses()[0].spool_frames_behind(), 1u);
  EXPECT_EQ(statuses()[0].oldest_unsent_ns(), 1'000);
  EXPECT_EQ(statuses()[0].uplink_boottime_ns(), clock_.now().boottime_ns);
  files_.put("/spool/status", "nonsense");
  clock_.advance_ns(10 * kNsPerSecond);
  shipper_->step();
  ASSERT_EQ(statuses().size(), 2u);
  EXPECT_EQ(statuses()[1].agent_counter(), 0u);
  EXPECT_EQ(statuses()[1].spool_state(), v1::Status::SPOOL_UNKNOWN);
}

TEST_F(ShipperTest, SpoolThatIsNotThereYetIsWaitedFor) {
  ASSERT_TRUE(files_.remove("/spool/streams").is_ok());
  EXPECT_TRUE(shipper_->step().is_pause);
  EXPECT_TRUE(transport_.wires.empty());
}

// ------------------------------------------------------------------ addresses

class ShipperAddressTest : public ShipperTest {
 protected:
  void start_with(std::vector<std::string> addresses, bool switch_log = false) {
    transport_ = {};
    Config config;
    config.collector_addresses = std::move(addresses);
    config.switch_log = switch_log;
    start(config);
  }
  v1::Refuse& refuse(v1::Refuse::Code code) {
    v1::Refuse& refuse = *wire().answers.emplace_back().mutable_refuse();
    refuse.set_code(code);
    refuse.set_text("go away");
    return refuse;
  }
  // Steps until the connection of now is given up, and gives the pause in ms.
  int64_t pause() {
    for (int i = 0; i < 100; ++i) {
      const Shipper::Next next = shipper_->step();
      if (next.is_pause) return next.wait_ms;
    }
    ADD_FAILURE() << "no pause";
    return 0;
  }
  void resume_with_log(char id) {
    wire().answers.emplace_back().mutable_resume()->set_log_id(std::string(16, id));
    shipper_->step();
  }
};

TEST_F(ShipperAddressTest, AllHaveTheirTurnQuicklyThenThePauseGrows) {
  start_with({"a:1", "b:1"});
  std::vector<int64_t> pauses;
  for (int i = 0; i < 8; ++i) {
    greet();
    wire().open = false;
    pauses.push_back(pause());
  }
  EXPECT_EQ(transport_.addresses, (std::vector<std::string>{"a:1", "b:1", "a:1", "b:1", "a:1",
                                                            "b:1", "a:1", "b:1"}));
  for (size_t i = 0; i < pauses.size(); i += 2) EXPECT_LE(pauses[i], 200) << i;
  EXPECT_GE(pauses[7], 400) << "the fourth round's: 800 ms, or half of it";
}

TEST_F(ShipperAddressTest, OneThatWorkedIsComeBackTo) {
  start_with({"a:1", "b:1"});
  greet();
  wire().open = false;
  greet();
  resume();
  wire().open = false;
  greet();
  EXPECT_EQ(transport_.addresses, (std::vector<std::string>{"a:1", "b:1", "b:1"}));
}

TEST_F(ShipperAddressTest, NamedAddressIsTriedAtOnce) {
  start_with({"a:1"});
  greet();
  v1::Refuse& moved = refuse(v1::Refuse::CODE_UNAVAILABLE);
  moved.set_retry_after_ms(600'000);
  moved.add_addresses("c:1");
  moved.add_addresses("unix:/run/evil");
  EXPECT_LE(pause(), 200);
  greet();
  EXPECT_EQ(transport_.addresses, (std::vector<std::string>{"a:1", "c:1"}));
}

TEST_F(ShipperAddressTest, NamedAddressOfAnotherLogIsLeftForGood) {
  start_with({"a:1"});
  greet();
  resume();  // bound to LLLL…
  refuse(v1::Refuse::CODE_UNAVAILABLE).add_addresses("c:1");
  pause();
  greet();
  ASSERT_EQ(transport_.addresses.back(), "c:1");
  resume_with_log('X');
  EXPECT_FALSE(wire().open);
  const std::string bound = to_hex(as_bytes(std::string(16, 'L'))) + "\n";
  EXPECT_EQ(*read_file(files_, "/state/log_id", 100), bound);
  for (int i = 0; i < 4; ++i) {
    greet();
    EXPECT_EQ(transport_.addresses.back(), "a:1");
    wire().open = false;
  }
}

TEST_F(ShipperAddressTest, WaitThatIsAskedForIsKept) {
  start_with({"a:1"});
  greet();
  refuse(v1::Refuse::CODE_UNAVAILABLE).set_retry_after_ms(5'000);
  const int64_t waited_ms = pause();
  EXPECT_GE(waited_ms, 5'000);
  EXPECT_LE(waited_ms, 7'500);
}

TEST_F(ShipperAddressTest, WhatOnlyAPersonCanMendIsNotAskedForOften) {
  for (const auto code : {v1::Refuse::CODE_REVOKED, v1::Refuse::CODE_DENIED,
                          v1::Refuse::CODE_VERSION, v1::Refuse::CODE_LOG_ID}) {
    start_with({"a:1"});
    greet();
    refuse(code);
    EXPECT_GE(pause(), 60'000) << code;
  }
}

TEST_F(ShipperAddressTest, ExpiredCertificateIsSaidToTheTransport) {
  start_with({"a:1"});
  greet();
  refuse(v1::Refuse::CODE_EXPIRED);
  EXPECT_LE(pause(), 1'000);
  EXPECT_EQ(transport_.expired, 1);
}

// A collector that knows whom it will not hear does not wait for a Hello.
TEST_F(ShipperAddressTest, ARefusalIsHeardBehindACallThatTakesNothing) {
  start_with({"a:1"});
  transport_.next.answers.emplace_back().mutable_refuse()->set_code(v1::Refuse::CODE_EXPIRED);
  transport_.next.open = false;
  EXPECT_LE(pause(), 1'000);
  EXPECT_EQ(transport_.expired, 1);
}

TEST_F(ShipperAddressTest, AnotherLogIsGoneToOnlyWhereThatIsAllowed) {
  start_with({"a:1"});
  greet();
  resume();
  const SealedFrame frame = append();
  shipper_->step();
  commit(frame);
  wire().open = false;
  EXPECT_FALSE(greet().switch_log());
  resume_with_log('X');
  EXPECT_FALSE(wire().open);
  start_with({"a:1"}, true);
  const v1::Hello& hello = greet();
  EXPECT_TRUE(hello.switch_log());
  EXPECT_EQ(hello.log_id(), std::string(16, 'L'));
  resume_with_log('X');
  EXPECT_TRUE(wire().open);
  wire().open = false;
  const v1::Hello& next = greet();
  EXPECT_EQ(next.log_id(), std::string(16, 'X'));
  for (const auto& stream : next.streams()) {
    EXPECT_FALSE(stream.has_last_commit()) << "the new log promised nothing";
  }
}

}  // namespace
}  // namespace spoor::uplink
