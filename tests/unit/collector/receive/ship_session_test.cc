#include "collector/receive/ship_session.h"

#include <gmock/gmock.h>

#include "collector/connection_limits.h"
#include "tests/support/sample_frames.h"
#include "tests/unit/collector/receive/receive_fixture.h"

namespace spoor::collector {
namespace {

class ShipSessionTest : public ReceiveFixture {
 protected:
  StreamWriter command_{1};
  StreamWriter access_{2, EventClass::access};
};

TEST_F(ShipSessionTest, ShipsAndCommits) {
  auto peer = connect({&command_, &access_});
  ASSERT_TRUE(peer->sent.front().has_resume());
  EXPECT_EQ(peer->sent.front().resume().log_id(), text_of(log_id_));
  EXPECT_EQ(peer->sent.front().resume().log_generation(), 3u);
  EXPECT_EQ(peer->resumed().epoch(), 0u);
  EXPECT_TRUE(peer->reads);
  const SealedFrame first = command_.frame(3);
  peer->send(frame_message(first));
  peer->send(frame_message(command_.frame(2)));
  peer->send(frame_message(access_.frame(1)));
  EXPECT_EQ(peer->committed(command_), "");
  EXPECT_FALSE(peer->session.all_durable());
  write();
  EXPECT_EQ(peer->committed(command_), "1/5");
  EXPECT_EQ(peer->committed(access_), "1/1");
  EXPECT_TRUE(peer->session.all_durable());
  ASSERT_EQ(log_.size(), 3u);
  EXPECT_EQ(log_[0].block, first.block);
  EXPECT_EQ(log_[0].agent, "web1");
  EXPECT_EQ(log_[0].received_ns, clock_.now().realtime_ns);
  EXPECT_EQ(writes_, 1);  // one group
  const v1::CommitPoint& commit = peer->sent.back().commit();
  EXPECT_EQ(commit.chain().size(), 32u);
}

// What the agent checks: the log's key, over every word of the commit.
TEST_F(ShipSessionTest, ACommitIsSigned) {
  auto peer = connect({&command_});
  peer->send(frame_message(command_.frame(3)));
  write();
  const v1::CommitPoint& commit = peer->sent.back().commit();
  ASSERT_EQ(commit.algorithm(), v1::CommitPoint::ALGORITHM_ED25519);
  CommitNote note{log_id_, 3, command_.stream(), 1, 3, command_.chain(), commit.time_ns(), {},
                  CommitWish::none};
  EXPECT_TRUE(is_signed_by(key_->public_key(), as_bytes(commit_signing_bytes(note)),
                           as_bytes(commit.signature())));
  note.sequence = 4;
  EXPECT_FALSE(is_signed_by(key_->public_key(), as_bytes(commit_signing_bytes(note)),
                            as_bytes(commit.signature())));
}

TEST_F(ShipSessionTest, WithoutAKeyCommitsAreUnsigned) {
  auto peer = std::make_shared<TestPeer>(intake_, clock_, LogIdentity{log_id_, 3, nullptr});
  peer->send(hello_message({&command_}));
  write();
  peer->send(frame_message(command_.frame()));
  write();
  EXPECT_EQ(peer->sent.back().commit().algorithm(), v1::CommitPoint::ALGORITHM_NONE);
  EXPECT_TRUE(peer->sent.back().commit().signature().empty());
}

TEST_F(ShipSessionTest, ACertificateIsBoundToItsMachine) {
  PeerFacts facts{.address = "192.0.2.7:4", .certificate = "0a", .agent = "web1",
                  .machine_id = Id{1}};
  auto peer = std::make_shared<TestPeer>(intake_, clock_, LogIdentity{log_id_, 3, key_}, facts);
  peer->send(hello_message({&command_}));
  EXPECT_EQ(peer->refused(), v1::Refuse::CODE_DENIED);
  facts.machine_id->fill('m');
  peer = std::make_shared<TestPeer>(intake_, clock_, LogIdentity{log_id_, 3, key_}, facts);
  peer->send(hello_message({&command_}, "whatever.it.says"));
  write();
  peer->send(frame_message(command_.frame()));
  write();
  EXPECT_EQ(peer->refused(), v1::Refuse::CODE_UNSPECIFIED);
  ASSERT_EQ(log_.size(), 1u);
  EXPECT_EQ(log_[0].agent, "web1");  // by the certificate
}

TEST_F(ShipSessionTest, TheFirstMessageIsHelloAndTheOnlyOne) {
  auto peer = connect();
  peer->send(frame_message(command_.frame()));
  EXPECT_EQ(peer->refused(), v1::Refuse::CODE_PROTOCOL);
  peer = connect({&command_});
  peer->send(hello_message({&command_}));
  EXPECT_EQ(peer->refused(), v1::Refuse::CODE_PROTOCOL);
  peer = connect({&command_});
  peer->send(v1::ShipRequest());
  EXPECT_EQ(peer->refused(), v1::Refuse::CODE_PROTOCOL);
}

TEST_F(ShipSessionTest, AfterARefusalNothingIsTaken) {
  auto peer = connect({&command_});
  peer->send(v1::ShipRequest());
  const size_t sent = peer->sent.size();
  peer->send(frame_message(command_.frame()));
  write();
  EXPECT_EQ(peer->sent.size(), sent);
  EXPECT_TRUE(log_.empty());
}

TEST_F(ShipSessionTest, ResumesBehindWhatTheLogHolds) {
  auto peer = connect({&command_});
  peer->send(frame_message(command_.frame(3)));
  write();
  for (const bool restarted : {false, true}) {
    if (restarted) restart();
    auto again = connect({&command_});
    EXPECT_EQ(again->resumed().epoch(), 1u);
    EXPECT_EQ(again->resumed().next_sequence(), 4u);
    EXPECT_EQ(again->resumed().chain(), text_of(command_.chain()));
    EXPECT_EQ(again->resumed().lowest_epoch(), 1u);
  }
}

TEST_F(ShipSessionTest, AFrameThatIsSentTwiceIsStoredOnce) {
  auto peer = connect({&command_});
  const SealedFrame first = command_.frame(2);
  const SealedFrame second = command_.frame(2);
  peer->send(frame_message(first));
  peer->send(frame_message(first));  // not committed yet
  peer->send(frame_message(second));
  write();
  EXPECT_EQ(peer->committed(command_), "1/4");
  peer->sent.clear();
  peer->send(frame_message(first));
  EXPECT_EQ(peer->committed(command_), "1/4");  // told again at once
  EXPECT_EQ(peer->refused(), v1::Refuse::CODE_UNSPECIFIED);
  auto again = connect({&command_});
  again->send(frame_message(second));
  again->send(frame_message(command_.frame()));
  write();
  EXPECT_EQ(again->committed(command_), "1/5");
  EXPECT_EQ(log_.size(), 3u);
}

// A host may be upgraded before its collector.
TEST_F(ShipSessionTest, FramesOfANewerFormatAreStoredAsBytes) {
  auto peer = connect({&command_});
  peer->send(frame_message(command_.frame()));
  const SealedFrame newer = command_.newer_frame(2);
  peer->send(frame_message(newer));
  const std::vector<SealedFrame> lost = {command_.frame(2)};
  peer->send(frame_message(of_newer_format(command_.tombstone(lost))));
  peer->send(frame_message(command_.frame()));
  write();
  EXPECT_EQ(peer->refused(), v1::Refuse::CODE_UNSPECIFIED);
  EXPECT_EQ(peer->committed(command_), "1/6");
  ASSERT_EQ(log_.size(), 4u);
  EXPECT_EQ(log_[1].block, newer.block);
}

TEST_F(ShipSessionTest, AGapIsRefusedUntilItIsSaid) {
  auto peer = connect({&command_});
  peer->send(frame_message(command_.frame()));
  const SealedFrame lost = command_.frame(4);
  const SealedFrame next = command_.frame();
  peer->send(frame_message(next));
  EXPECT_EQ(peer->refused(), v1::Refuse::CODE_GAP);
  write();
  peer = connect({&command_});
  peer->send(skip_message(lost));
  peer->send(frame_message(next));
  write();
  EXPECT_EQ(peer->refused(), v1::Refuse::CODE_UNSPECIFIED);
  EXPECT_EQ(peer->committed(command_), "1/6");
  // The hole is in the log like a frame, and says itself what it is.
  ASSERT_EQ(log_.size(), 3u);
  const Result<OpenBlock> block = OpenBlock::open(as_bytes(log_[1].block));
  ASSERT_TRUE(block.is_ok());
  EXPECT_EQ(block->frames()[0].head.header.kind, FrameKind::tombstone);
  const auto tombstone = decode_tombstone(*block->frames()[0].entries[0].fields);
  EXPECT_EQ(tombstone->events, 4u);
  EXPECT_EQ(tombstone->cause, Tombstone::Cause::spool_missing);
}

TEST_F(ShipSessionTest, AForkIsRefusedAndANewEpochAskedFor) {
  auto peer = connect({&command_});
  StreamWriter copy = command_;  // the host was copied here
  peer->send(frame_message(command_.frame()));
  write();
  peer->send(frame_message(copy.frame()));
  EXPECT_EQ(peer->refused(), v1::Refuse::CODE_FORK);
  const v1::ShipResponse& before = peer->sent[peer->sent.size() - 2];
  EXPECT_EQ(before.commit().wish(), v1::CommitPoint::WISH_NEW_EPOCH);
  EXPECT_EQ(before.commit().sequence(), 1u);
  // Also one frame later, where only the chain tells.
  auto again = connect({&command_});
  again->send(frame_message(copy.frame()));
  EXPECT_EQ(again->refused(), v1::Refuse::CODE_FORK);
  EXPECT_EQ(log_.size(), 1u);
}

TEST_F(ShipSessionTest, OnlyWholeRightBlocksAreTaken) {
  const SealedFrame frame = command_.frame(2);
  const auto code_for = [&](std::string block) {
    auto peer = connect({&command_});
    v1::ShipRequest request;
    request.mutable_frame()->set_block(std::move(block));
    peer->send(std::move(request));
    return peer->refused();
  };
  EXPECT_EQ(code_for(""), v1::Refuse::CODE_CORRUPT);
  EXPECT_EQ(code_for("junk"), v1::Refuse::CODE_CORRUPT);
  EXPECT_EQ(code_for(frame.block.substr(0, frame.block.size() - 1)), v1::Refuse::CODE_CORRUPT);
  EXPECT_EQ(code_for(frame.block + "x"), v1::Refuse::CODE_PROTOCOL);
  EXPECT_EQ(code_for(std::string(kFrameBytesMax + 1, 'x')), v1::Refuse::CODE_LIMIT);
  for (size_t i = 0; i < frame.block.size(); i += 3) {
    std::string flipped = frame.block;
    flipped[i] = static_cast<char>(flipped[i] ^ 1);
    EXPECT_NE(code_for(flipped), v1::Refuse::CODE_UNSPECIFIED) << i;
  }
  EXPECT_TRUE(log_.empty());
}

TEST_F(ShipSessionTest, StreamsMustHaveBeenOffered) {
  auto peer = connect({&command_});
  peer->send(frame_message(access_.frame()));
  EXPECT_EQ(peer->refused(), v1::Refuse::CODE_PROTOCOL);
  peer = connect({&command_});
  peer->send(skip_message(access_.frame()));
  EXPECT_EQ(peer->refused(), v1::Refuse::CODE_PROTOCOL);
  peer = connect({&command_});
  v1::ShipRequest skip = skip_message(command_.frame());
  skip.mutable_skip()->set_stream("short");
  peer->send(skip);
  EXPECT_EQ(peer->refused(), v1::Refuse::CODE_PROTOCOL);
}

TEST_F(ShipSessionTest, ATombstoneMovesTheHeadToItsEnd) {
  auto peer = connect({&access_});
  peer->send(frame_message(access_.frame()));
  const std::vector<SealedFrame> evicted = {access_.frame(3), access_.frame(2)};
  peer->send(frame_message(access_.tombstone(evicted)));
  peer->send(frame_message(access_.frame()));
  write();
  EXPECT_EQ(peer->refused(), v1::Refuse::CODE_UNSPECIFIED);
  EXPECT_EQ(peer->committed(access_), "1/7");
  EXPECT_EQ(log_.size(), 3u);
}

TEST_F(ShipSessionTest, ATombstoneIsSmall) {
  FrameWriter writer(FrameKind::tombstone);
  writer.add(std::string(5000, 'x'), "", 1, 1, 1);
  FrameWriter::Place place;
  place.event_class = EventClass::command;
  place.stream = command_.stream();
  place.epoch = 1;
  place.last_sequence = 1;
  place.zstd_level = 0;
  auto peer = connect({&command_});
  peer->send(frame_message(writer.seal(place)));
  EXPECT_EQ(peer->refused(), v1::Refuse::CODE_LIMIT);
}

TEST_F(ShipSessionTest, ACheckpointMovesTheChainOnly) {
  auto peer = connect({&command_});
  peer->send(frame_message(command_.frame()));
  const SealedFrame checkpoint = command_.checkpoint();
  peer->send(frame_message(checkpoint));
  peer->send(frame_message(checkpoint));
  peer->send(frame_message(command_.frame()));
  write();
  EXPECT_EQ(peer->refused(), v1::Refuse::CODE_UNSPECIFIED);
  EXPECT_EQ(peer->committed(command_), "1/2");
  EXPECT_EQ(log_.size(), 3u);
}

TEST_F(ShipSessionTest, ANewEpochFollowsTheOldOne) {
  auto peer = connect({&command_});
  peer->send(frame_message(command_.frame(5)));
  command_.next_epoch();
  peer->send(frame_message(command_.frame(2)));
  write();
  EXPECT_EQ(peer->committed(command_), "2/2");
  auto again = connect({&command_});
  EXPECT_EQ(again->resumed().lowest_epoch(), 2u);
}

TEST_F(ShipSessionTest, AFullQueueStopsReading) {
  auto peer = connect({&command_});
  v1::Event event;
  std::string noise;
  while (noise.size() < 300'000) noise += text_of(random_id());
  event.mutable_shell_line()->set_line(noise);
  for (int i = 0; i < 3; ++i) {
    peer->send(frame_message(command_.frame(std::vector<v1::Event>{event})));
    EXPECT_TRUE(peer->reads);
  }
  peer->send(frame_message(command_.frame(std::vector<v1::Event>{event})));
  EXPECT_FALSE(peer->reads);
  write();
  EXPECT_TRUE(peer->reads);
  EXPECT_EQ(peer->committed(command_), "1/4");
}

TEST_F(ShipSessionTest, AStoppingCollectorTakesNothingNew) {
  auto peer = connect({&command_});
  peer->send(frame_message(command_.frame()));
  intake_.close();
  peer->send(frame_message(command_.frame()));
  EXPECT_EQ(peer->refused(), v1::Refuse::CODE_UNAVAILABLE);
  write();
  EXPECT_EQ(log_.size(), 1u);
  auto late = connect();
  late->send(hello_message({&command_}));
  EXPECT_EQ(late->refused(), v1::Refuse::CODE_UNAVAILABLE);
}

// What is on disk and need not be told at once.
class JoinedCommits : public ShipSessionTest {
 protected:
  JoinedCommits() {
    join_commits_ns_ = kJoinCommitsNs;
    writer_ = make_writer({});
  }
  // A connection that has just been told of a commit.
  std::shared_ptr<TestPeer> connect_told() {
    auto peer = connect({&command_, &access_});
    ship(*peer, command_);
    EXPECT_EQ(peer->committed(command_), "1/1");
    return peer;
  }
  void ship(TestPeer& peer, StreamWriter& stream) {
    peer.send(frame_message(stream.frame()));
    write();
  }
  void after(int64_t ns) {
    clock_.advance_ns(ns);
    write();
  }
};

TEST_F(JoinedCommits, AQuietAgentsCommitsAreJoined) {
  constexpr int64_t kLess = kJoinCommitsNs / 3;
  auto peer = connect_told();
  clock_.advance_ns(kLess);
  ship(*peer, command_);
  EXPECT_EQ(peer->committed(command_), "1/1");
  EXPECT_EQ(log_.size(), 2u);
  EXPECT_TRUE(peer->session.all_durable());
  EXPECT_EQ(writer_->patience_ns(), kJoinCommitsNs);
  clock_.advance_ns(kLess);
  ship(*peer, command_);
  EXPECT_EQ(peer->committed(command_), "1/1");
  after(kJoinCommitsNs - kLess);
  EXPECT_EQ(peer->committed(command_), "1/3");
  EXPECT_EQ(peer->commits(), 2u);
  EXPECT_EQ(writer_->patience_ns(), kWriterPatienceNs);
  after(10 * kJoinCommitsNs);
  EXPECT_EQ(peer->commits(), 2u);
}

// Of one frame a second each second commit is told, a second after it could have been.
TEST_F(JoinedCommits, WhatWaitsIsToldWithTheNextWhenThatMay) {
  auto peer = connect_told();
  clock_.advance_ns(kNsPerSecond);
  ship(*peer, command_);
  EXPECT_EQ(peer->committed(command_), "1/1");
  clock_.advance_ns(kNsPerSecond);
  ship(*peer, command_);
  EXPECT_EQ(peer->committed(command_), "1/3");
  EXPECT_EQ(peer->commits(), 2u);
}

TEST_F(JoinedCommits, WhatComesRarelyIsToldAtOnce) {
  auto peer = connect_told();
  clock_.advance_ns(kJoinCommitsNs);
  ship(*peer, command_);
  EXPECT_EQ(peer->committed(command_), "1/2");
}

TEST_F(JoinedCommits, ALoginIsToldAtOnceWithWhatWaits) {
  auto peer = connect_told();
  ship(*peer, command_);
  ship(*peer, access_);
  EXPECT_EQ(peer->committed(access_), "1/1");
  EXPECT_EQ(peer->committed(command_), "1/2");
}

TEST_F(JoinedCommits, ManyBytesAreToldAtOnce) {
  auto peer = connect_told();
  v1::Event event;
  std::string noise;
  while (noise.size() < kJoinCommitsBytesMax) noise += text_of(random_id());
  event.mutable_shell_line()->set_line(noise);
  peer->send(frame_message(command_.frame(std::vector<v1::Event>{event})));
  write();
  EXPECT_EQ(peer->committed(command_), "1/2");
  // The last of them, too, so that nobody who ships fast waits for it.
  ship(*peer, command_);
  EXPECT_EQ(peer->committed(command_), "1/3");
  clock_.advance_ns(kJoinCommitsNs - 1);
  ship(*peer, command_);
  EXPECT_EQ(peer->committed(command_), "1/4");
}

TEST_F(JoinedCommits, WhoHangsUpIsToldAtOnce) {
  auto peer = connect_told();
  ship(*peer, command_);
  peer->send(frame_message(command_.frame()));
  peer->hang_up();
  EXPECT_EQ(peer->committed(command_), "1/2");
  write();
  EXPECT_EQ(peer->committed(command_), "1/3");
}

TEST_F(JoinedCommits, WhoIsRefusedIsToldBefore) {
  auto peer = connect_told();
  ship(*peer, command_);
  peer->on_refused({v1::Refuse::CODE_UNAVAILABLE, "the collector is stopping", 0});
  EXPECT_EQ(peer->committed(command_), "1/2");
  EXPECT_TRUE(peer->sent.back().has_refuse());
  const size_t sent = peer->sent.size();
  after(kJoinCommitsNs);
  EXPECT_EQ(peer->sent.size(), sent);
}

// Its commit is told before the wish, which is the agent's last word from this connection.
TEST_F(JoinedCommits, AWishNamesTheNewestPoint) {
  auto peer = connect_told();
  StreamWriter copy = command_;
  ship(*peer, command_);
  peer->send(frame_message(copy.frame()));
  EXPECT_EQ(peer->refused(), v1::Refuse::CODE_FORK);
  EXPECT_EQ(peer->committed(command_), "1/2");
  EXPECT_EQ(peer->wished(command_), v1::CommitPoint::WISH_NEW_EPOCH);
}

TEST_F(JoinedCommits, WhoLeftIsNotKept) {
  auto peer = connect_told();
  ship(*peer, command_);
  intake_.leave(peer.get());
  const std::weak_ptr<TestPeer> left = std::exchange(peer, nullptr);
  EXPECT_TRUE(left.expired());
  after(kJoinCommitsNs);
  EXPECT_EQ(writer_->patience_ns(), kWriterPatienceNs);
}

}  // namespace
}  // namespace spoor::collector
