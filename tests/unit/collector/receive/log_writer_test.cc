#include "collector/receive/log_writer.h"

#include <gmock/gmock.h>

#include <set>

#include "collector/log/cursor.h"
#include "tests/support/fake_files.h"
#include "tests/unit/collector/receive/receive_fixture.h"

namespace spoor::collector {
namespace {

class LogWriterTest : public ReceiveFixture {
 protected:
  // Says Hello with a certificate that names it, and the machine.
  std::shared_ptr<TestPeer> certified(const std::string& agent, char machine = 'm',
                                      std::vector<const StreamWriter*> streams = {},
                                      const v1::CommitPoint& last_commit = {}) {
    PeerFacts facts{.address = "ipv4:192.0.2.7:6", .certificate = "0a", .agent = agent,
                    .machine_id = {}};
    facts.machine_id.emplace().fill(static_cast<uint8_t>(machine));
    auto peer =
        std::make_shared<TestPeer>(intake_, clock_, LogIdentity{log_id_, 3, key_}, facts);
    if (streams.empty()) streams = {&command_};
    v1::ShipRequest request = hello_message(streams, "web");
    request.mutable_hello()->set_machine_id(std::string(16, machine));
    if (!last_commit.log_id().empty())
      *request.mutable_hello()->mutable_streams(0)->mutable_last_commit() = last_commit;
    peer->send(request);
    write();
    return peer;
  }

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

// Who is refused a stream again and again comes with new ones: it fills no memory, and is not
// refused for ever.
TEST_F(LogWriterTest, AnAgentsStreamsAreBounded) {
  for (size_t i = 0; i < kStreamsBegunMax; ++i) {
    StreamWriter stream{1};
    stream.begin_anew(random_id());
    auto peer = connect({&stream});
    peer->send(frame_message(stream.frame()));
    write();
    ASSERT_EQ(peer->committed(stream), "1/1");
  }
  EXPECT_EQ(connect({&command_})->refused(), v1::Refuse::CODE_LIMIT);
  EXPECT_EQ(connect({&command_}, "web2")->refused(), v1::Refuse::CODE_UNSPECIFIED);
  clock_.advance_ns(kStreamBegunEveryNs);
  StreamWriter another{1};
  another.begin_anew(random_id());
  EXPECT_EQ(connect({&another})->refused(), v1::Refuse::CODE_UNSPECIFIED);
}

// Its certificate says who it is: it gets no stream of another's, whatever it offers.
TEST_F(LogWriterTest, AnotherAgentsStreamIsNotWritten) {
  auto one = connect({&command_}, "web1");
  one->send(frame_message(command_.frame()));
  write();
  PeerFacts facts{.address = "ipv4:192.0.2.66:6", .certificate = "0b", .agent = "evil",
                  .machine_id = {}};
  auto evil = std::make_shared<TestPeer>(intake_, clock_, LogIdentity{log_id_, 3, key_}, facts);
  evil->send(hello_message({&command_}, "web1"));
  write();
  evil->send(frame_message(command_.frame()));
  write();
  EXPECT_EQ(evil->refused(), v1::Refuse::CODE_UNAVAILABLE);
  EXPECT_EQ(evil->wished(command_), v1::CommitPoint::WISH_NEW_STREAMS);
  EXPECT_EQ(log_.size(), 1u);
  const v1::StreamConflict conflict = own_events().at(0).stream_conflict();
  EXPECT_EQ(conflict.kind(), v1::StreamConflict::KIND_CLONE);
  EXPECT_EQ(conflict.agent(), "web1");
  EXPECT_EQ(conflict.side().address(), "ipv4:192.0.2.66:6");
  EXPECT_EQ(conflict.side().certificate(), "0b");
}

// What a stranger is told is told to him alone, and what he says is not counted for web1.
TEST_F(LogWriterTest, AStrangersConflictsAreHisOwn) {
  std::vector<std::string> clones;
  LogDoor with_clones = door();
  with_clones.on_clone = [&](const std::string& agent) { clones.push_back(agent); };
  writer_ = std::make_unique<LogWriter>(
      intake_, [this](std::span<const NewEntry> entries) { return write_entries(entries); },
      clock_, std::vector<LogWriter::Known>(), std::move(with_clones), &journal_);
  const auto one = certified("web1", 'm');
  // At more places than make a clone.
  for (uint32_t i = 0; i <= kConflictsUntilClone; ++i) {
    one->send(frame_message(command_.frame()));
    write();
    const auto evil = certified("evil", 'e');
    ASSERT_EQ(evil->wished(command_), v1::CommitPoint::WISH_NEW_STREAMS);
    const v1::CommitPoint& commit = evil->sent.at(1).commit();
    EXPECT_EQ(commit.machine_id(), std::string(16, 'e'));
    EXPECT_EQ(commit.epoch(), 0u);
    certified("evil", 'e', {}, commit);
    ASSERT_EQ(raised_to_, 0u);  // a wish without a point shows nothing of the log
  }
  EXPECT_THAT(clones, testing::Each("evil"));
  // The first of web1's own: it began the log's epoch anew.
  v1::ShipRequest hello = hello_message({&command_}, "web1");
  v1::StreamOffer& offer = *hello.mutable_hello()->mutable_streams(0);
  offer.set_chain_before(std::string(32, '\0'));
  v1::EpochRange& range = *offer.add_epochs();
  range.set_epoch(1);
  range.set_first_sequence(1);
  range.set_last_sequence(1);
  range.set_nonce(std::string(16, 'n'));
  PeerFacts facts{.address = "ipv4:192.0.2.7:6", .certificate = "0a", .agent = "web1",
                  .machine_id = {}};
  facts.machine_id.emplace().fill('m');
  const auto back = std::make_shared<TestPeer>(intake_, clock_, LogIdentity{log_id_, 3, key_},
                                               facts);
  back->send(hello);
  write();
  EXPECT_EQ(back->wished(command_), v1::CommitPoint::WISH_NEW_EPOCH);
  EXPECT_EQ(back->sent.at(1).commit().machine_id(), std::string(16, 'm'));
  EXPECT_THAT(clones, testing::Each("evil"));
}

// Who knows web1's stream ids and says Hello first, before a restart or after it, learns nothing of
// them; and web1 need not wait until that connection is gone.
TEST_F(LogWriterTest, AStrangersHelloLocksNobodyOut) {
  const auto certified = [&](const std::string& agent) {
    PeerFacts facts{.address = "ipv4:192.0.2.7:6", .certificate = "0a", .agent = agent,
                    .machine_id = {}};
    auto peer =
        std::make_shared<TestPeer>(intake_, clock_, LogIdentity{log_id_, 3, key_}, facts);
    peer->send(hello_message({&command_}, agent));
    return peer;
  };
  auto one = certified("web1");
  write();
  one->send(frame_message(command_.frame()));
  write();
  intake_.leave(one.get());
  for (int i = 0; i < 2; ++i) {
    const auto evil = certified("evil");
    one = certified("web1");
    write();
    one->send(frame_message(command_.frame()));
    write();
    EXPECT_EQ(one->refused(), v1::Refuse::CODE_UNSPECIFIED);
    EXPECT_EQ(one->committed(command_), "1/" + std::to_string(command_.sequence()));
    EXPECT_EQ(evil->wished(command_), v1::CommitPoint::WISH_NEW_STREAMS);
    EXPECT_EQ(evil->resumed().epoch(), 0u);
    EXPECT_EQ(evil->resumed().chain(), "");
    EXPECT_EQ(evil->committed(command_), "0/0");
    intake_.leave(one.get());
    intake_.leave(evil.get());
    restart();
  }
}

// It was enrolled anew under another name: what it has not sent yet is still its own.
TEST_F(LogWriterTest, ARenamedHostGoesOnWithItsStreams) {
  StreamWriter access(2, EventClass::access);
  Id machine;
  machine.fill('m');
  const auto certified = [&](const std::string& agent) {
    return this->certified(agent, 'm', {&command_, &access});
  };
  std::set<std::string> former;
  LogDoor with_names = door();
  with_names.was_name_of = [&](const std::string& name, const Id& of) {
    return former.contains(name) && of == machine;
  };
  writer_ = std::make_unique<LogWriter>(
      intake_, [this](std::span<const NewEntry> entries) { return write_entries(entries); },
      clock_, std::vector<LogWriter::Known>(), std::move(with_names), &journal_);
  auto peer = certified("web1");
  for (StreamWriter* stream : {&command_, &access}) peer->send(frame_message(stream->frame()));
  write();
  intake_.leave(peer.get());
  former = {"web1"};
  for (const char* name : {"web2", "web3"}) {
    peer = certified(name);
    EXPECT_EQ(peer->wished(command_), v1::CommitPoint::WISH_NONE);
    peer->send(frame_message(command_.frame()));
    write();
    EXPECT_EQ(peer->committed(command_), "1/" + std::to_string(command_.sequence()));
    EXPECT_EQ(log_.back().agent, name);
    intake_.leave(peer.get());
    former.insert(name);
    intake_.leave(certified(name).get());  // which is not told again
  }
  const std::vector<v1::Event> told = own_events();
  ASSERT_EQ(told.size(), 2u);
  EXPECT_EQ(told[0].target().name(), "web2");
  const auto& attributes = told[0].operator_action().attributes();
  EXPECT_EQ(attributes.at("former"), "web1");
  EXPECT_EQ(attributes.at("streams"), "2");
  EXPECT_EQ(told[1].operator_action().attributes().at("former"), "web2");
  // Who only says so is somebody else.
  former.clear();
  EXPECT_EQ(certified("web4")->wished(command_), v1::CommitPoint::WISH_NEW_STREAMS);
}

// No frame has the new name yet, and the collector is started again.
TEST_F(LogWriterTest, ARenamedStreamIsItsHostsBeforeItsNextFrame) {
  auto peer = certified("web1");
  peer->send(frame_message(command_.frame()));
  write();
  intake_.leave(peer.get());
  std::vector<LogWriter::Known> kept;
  Status state_db = unavailable("no space");
  bool is_free = true;  // the name web1
  const auto start = [&](std::vector<LogWriter::Known> known) {
    LogDoor with_names = door();
    with_names.was_name_of = [&](const std::string& name, const Id&) {
      return is_free && name == "web1";
    };
    with_names.keep_name = [&](const std::string& agent, const std::vector<StreamHead>& heads) {
      RETURN_IF_ERROR(state_db);
      for (const StreamHead& head : heads) kept.push_back({agent, head});
      return ok();
    };
    writer_ = std::make_unique<LogWriter>(
        intake_, [this](std::span<const NewEntry> entries) { return write_entries(entries); },
        clock_, std::move(known), std::move(with_names), &journal_);
  };
  start({{"web1", log_.back().head}});
  // What is not kept does not hold, and is not told.
  peer = certified("web2");
  EXPECT_EQ(peer->refused(), v1::Refuse::CODE_UNAVAILABLE);
  EXPECT_EQ(own_events().size(), 0u);
  intake_.leave(peer.get());
  state_db = ok();
  peer = certified("web2");
  EXPECT_EQ(peer->wished(command_), v1::CommitPoint::WISH_NONE);
  EXPECT_EQ(own_events().size(), 1u);
  intake_.leave(peer.get());
  ASSERT_EQ(kept.size(), 1u);
  EXPECT_EQ(kept[0].agent, "web2");
  EXPECT_EQ(kept[0].head, log_.back().head);
  // Another machine is given the name, and the collector is started again.
  is_free = false;
  start(kept);
  peer = certified("web2");
  EXPECT_EQ(peer->wished(command_), v1::CommitPoint::WISH_NONE);
  EXPECT_EQ(own_events().size(), 1u);
}

// Two machines of one image take turns. Neither forgot anything, and both have the one machine id:
// that a boot writes again which another had replaced is all that shows it.
TEST_F(LogWriterTest, BootsThatTakeTurnsAreAClone) {
  const auto hello = [&](char boot) {
    v1::ShipRequest request = hello_message({&command_}, "web1");
    request.mutable_hello()->set_boot_id(std::string(16, boot));
    auto peer = connect();
    peer->send(request);
    write();
    return peer;
  };
  auto first = hello('1');
  first->send(frame_message(command_.frame()));
  write();
  for (const char boot : {'2', '1'}) {
    const auto peer = hello(boot);
    EXPECT_EQ(peer->refused(), v1::Refuse::CODE_UNSPECIFIED) << boot;
    EXPECT_EQ(peer->wished(command_), v1::CommitPoint::WISH_NONE) << boot;
    peer->send(frame_message(command_.frame()));
    write();
  }
  const auto again = hello('2');
  EXPECT_EQ(again->refused(), v1::Refuse::CODE_UNAVAILABLE);
  EXPECT_EQ(again->wished(command_), v1::CommitPoint::WISH_NEW_STREAMS);
  const v1::StreamConflict conflict = own_events().at(0).stream_conflict();
  EXPECT_EQ(conflict.kind(), v1::StreamConflict::KIND_CLONE);
  EXPECT_EQ(conflict.side().boot_id(), std::string(16, '2'));
  EXPECT_EQ(hello('1')->wished(command_), v1::CommitPoint::WISH_NONE);
}

TEST_F(LogWriterTest, TheCollectorsNameAndStreamsAreItsOwn) {
  journal_.add({});
  write();
  auto peer = connect({&command_}, "collector");
  peer->send(frame_message(command_.frame()));
  write();
  EXPECT_EQ(log_.at(0).agent, "collector.host");
  ASSERT_EQ(own_log_.size(), 1u);
  writer_ = make_writer({{kOwnAgent, own_log_[0].head}});
  StreamWriter own{1, EventClass::access};
  own.begin_anew(Journal::stream_of(log_id_));
  EXPECT_EQ(connect({&own}, "web1")->refused(), v1::Refuse::CODE_DENIED);
}

// A refused rollback note must not be forgotten: nothing is answered before it is on disk.
TEST_F(LogWriterTest, AGenerationIsRaisedBeforeResumeOrNotAtAll) {
  CommitNote note{log_id_, 3, command_.stream(), 1, 9, {}, 5, {}, CommitWish::none};
  const Signature signature = *key_->sign(as_bytes(commit_signing_bytes(note)));
  v1::ShipRequest hello = hello_message({&command_});
  v1::CommitPoint& commit = *hello.mutable_hello()->mutable_streams(0)->mutable_last_commit();
  commit.set_log_id(text_of(log_id_));
  commit.set_log_generation(3);
  commit.set_stream(text_of(command_.stream()));
  commit.set_epoch(1);
  commit.set_sequence(9);
  commit.set_chain(std::string(32, '\0'));
  commit.set_time_ns(5);
  commit.set_algorithm(v1::CommitPoint::ALGORITHM_ED25519);
  commit.set_signature(text_of(signature));
  disk_ = unavailable("input/output error");
  auto peer = connect();
  peer->send(hello);
  write();
  EXPECT_EQ(peer->refused(), v1::Refuse::CODE_UNAVAILABLE);
  EXPECT_EQ(peer->resumed().stream(), "");
  disk_ = ok();
  StreamWriter other{2};
  auto bystander = connect({&other});  // within the old generation
  peer = connect();
  peer->send(hello);
  write();
  EXPECT_EQ(raised_to_, 4u);
  EXPECT_EQ(peer->sent.at(0).resume().log_generation(), 4u);
  EXPECT_EQ(bystander->refused(), v1::Refuse::CODE_UNAVAILABLE);
  peer = connect();
  peer->send(hello);
  write();
  EXPECT_EQ(raised_to_, 4u);
}

// ------------------------------------------------------------------ a disk that refuses

// A log on a small disk that holds a ballast.
class FullDiskTest : public ReceiveFixture {
 protected:
  FullDiskTest() {
    LogDoor with_ballast = door();
    with_ballast.give_up_ballast = [this] { own_room_ = true; };
    with_ballast.restore_ballast = [this] {
      return room_ ? ok() : full("no space left on device");
    };
    writer_ = std::make_unique<LogWriter>(
        intake_,
        [this](std::span<const NewEntry> entries) -> Status {
          ++tries_;
          const bool is_own = entries.front().agent == kOwnAgent;
          if (!room_ && !(is_own && own_room_)) return full("no space left on device");
          return write_entries(entries);
        },
        clock_, std::vector<LogWriter::Known>{}, std::move(with_ballast), &journal_);
  }
  std::vector<v1::CollectorState::Change> changes() const {
    std::vector<v1::CollectorState::Change> out;
    for (const v1::Event& event : own_events()) out.push_back(event.collector_state().change());
    return out;
  }

  StreamWriter command_{1};
  bool room_ = true;       // for all
  bool own_room_ = false;  // where the ballast was
  int tries_ = 0;
};

TEST_F(FullDiskTest, StopsCommitsSaysSoAndComesBack) {
  auto peer = connect({&command_});
  const SealedFrame frame = command_.frame();
  room_ = false;
  peer->send(frame_message(frame));
  write();
  EXPECT_EQ(peer->refused(), v1::Refuse::CODE_UNAVAILABLE);
  EXPECT_EQ(peer->committed(command_), "");
  EXPECT_THAT(changes(), testing::ElementsAre(v1::CollectorState::CHANGE_DISK_FULL));
  // The space of the ballast is not for agents.
  const int tries = tries_;
  for (int i = 0; i < 20; ++i) {
    EXPECT_EQ(connect({&command_})->refused(), v1::Refuse::CODE_UNAVAILABLE);
    clock_.advance_ns(kDiskRetryNs / 4);
  }
  EXPECT_EQ(tries_, tries);
  EXPECT_TRUE(log_.empty());
  EXPECT_EQ(writer_->patience_ns(), kDiskRetryNs);
  room_ = true;
  clock_.advance_ns(kDiskRetryNs);
  write();
  peer = connect({&command_});
  peer->send(frame_message(frame));
  write();
  EXPECT_EQ(peer->committed(command_), "1/1");
  EXPECT_THAT(changes(), testing::ElementsAre(v1::CollectorState::CHANGE_DISK_FULL,
                                              v1::CollectorState::CHANGE_WRITABLE));
  EXPECT_EQ(writer_->patience_ns(), kWriterPatienceNs);
}

TEST_F(LogWriterTest, AnIoErrorIsAStateWithABeginningAndAnEnd) {
  auto peer = connect({&command_});
  const SealedFrame frame = command_.frame();
  disk_ = unavailable("input/output error");
  for (int i = 0; i < 5; ++i) {
    peer = connect({&command_});
    peer->send(frame_message(frame));
    write();
    EXPECT_EQ(peer->refused(), v1::Refuse::CODE_UNAVAILABLE);
  }
  EXPECT_TRUE(own_log_.empty());
  disk_ = ok();
  peer = connect({&command_});
  peer->send(frame_message(frame));
  write();
  EXPECT_EQ(peer->committed(command_), "1/1");
  ASSERT_EQ(own_events().size(), 2u);
  EXPECT_EQ(own_events()[0].collector_state().change(), v1::CollectorState::CHANGE_IO_ERROR);
  EXPECT_EQ(own_events()[1].collector_state().change(), v1::CollectorState::CHANGE_WRITABLE);
}

TEST_F(LogWriterTest, AStepOfItsClockIsAnEvent) {
  clock_.advance_ns(kClockStepNs * 10);
  write();
  EXPECT_TRUE(own_log_.empty());
  clock_.step_ns(-3 * kNsPerSecond);
  write();
  write();
  ASSERT_EQ(own_events().size(), 1u);
  const v1::CollectorState state = own_events()[0].collector_state();
  EXPECT_EQ(state.change(), v1::CollectorState::CHANGE_CLOCK_STEPPED);
  EXPECT_EQ(state.count(), -3 * kNsPerSecond);
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
    for (const KnownStream& k : log->opened_with())
      known.push_back({k.agent, k.head, k.past, k.points});
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
