#include "agent/spool/fork.h"

#include <gtest/gtest.h>

#include "tests/support/spool_disk.h"

namespace spoor::agent {
namespace {

class ForkTest : public ::testing::Test, protected SpoolDisk {
 protected:
  // Frames of three events in a segment each, the first four of them committed.
  std::vector<SealedFrame> write(Spool& spool, EventClass c = EventClass::command) {
    std::vector<SealedFrame> sealed;
    for (int i = 0; i < 10; ++i) {
      sealed.push_back(seal(spool, c, 1500, 3));
      EXPECT_TRUE(spool.append(sealed.back()).is_ok());
    }
    EXPECT_TRUE(spool.commit(c, note(spool, sealed[3]), std::nullopt).is_ok());
    EXPECT_TRUE(spool.sync(true).is_ok());
    return sealed;
  }
  static CommitNote note(const Spool& spool, const SealedFrame& frame) {
    CommitNote note = note_for(spool, frame);
    note.log_generation = 1;
    return note;
  }
  // Of a log that has other frames from `from` on.
  static CommitNote wish(const Spool& spool, EventClass c, uint64_t epoch, uint64_t sequence,
                         CommitWish wish = CommitWish::new_epoch) {
    CommitNote note;
    note.log_generation = 1;
    note.stream = spool.stream(c).id;
    note.epoch = epoch;
    note.sequence = sequence;
    note.chain.fill(0xCC);
    note.wish = wish;
    return note;
  }
  size_t forked() {
    const auto names = files.list("/spool/forked");
    return names.is_ok() ? names->size() : 0;
  }
  uint64_t forked_bytes() {
    uint64_t bytes = 0;
    const auto names = files.list("/spool/forked");
    if (!names.is_ok()) return 0;
    for (const std::string& name : *names) bytes += files.content("/spool/forked/" + name).size();
    return bytes;
  }
  static ForkLoss loss_of(const Spool& spool, EventClass c) {
    for (const auto& [event_class, lost] : spool.untold_losses()) {
      if (event_class == c) return lost;
    }
    return {};
  }
};

TEST_F(ForkTest, WishAndForkSayWhatTheySaid) {
  Wish wish{7, 9, {}};
  wish.note.wish = CommitWish::new_streams;
  const auto back = decode_wish(encode_wish(wish));
  ASSERT_TRUE(back.is_ok()) << back.status().message();
  EXPECT_EQ(encode_wish(*back), encode_wish(wish));
  Fork fork;
  fork.generation = 3;
  fork.base = {1, 2, {}};
  fork.lost = {5, 1, 5, -7, 8};
  fork.told = true;
  const auto fork_back = decode_fork(encode_fork(fork));
  ASSERT_TRUE(fork_back.is_ok()) << fork_back.status().message();
  EXPECT_EQ(encode_fork(*fork_back), encode_fork(fork));
  for (size_t size = 0; size < encode_fork(fork).size(); ++size) {
    EXPECT_FALSE(decode_fork(encode_fork(fork).substr(0, size)).is_ok());
  }
  EXPECT_FALSE(decode_wish(encode_wish(wish) + "x").is_ok());
  EXPECT_FALSE(decode_wish("spoor-wish 1\ncommitted_epoch 1\ncommitted_sequence 1\n").is_ok());
}

TEST_F(ForkTest, StreamGoesOnFromTheLogsPointInANewEpoch) {
  const EventClass c = EventClass::command;
  auto spool = open();
  write(*spool);
  const Id id = spool->stream(c).id;
  const CommitNote asked = wish(*spool, c, 7, 20);
  ASSERT_TRUE(spool->commit(c, asked, std::nullopt).is_ok());
  EXPECT_TRUE(spool->wants_restart());
  EXPECT_EQ(forked(), 0u);  // not while frames are written
  spool = open();
  EXPECT_EQ(spool->stream(c).id, id);
  EXPECT_EQ(spool->stream(c).head.epoch, 7u);
  EXPECT_EQ(spool->stream(c).head.sequence, 20u);
  EXPECT_EQ(spool->stream(c).head.chain, asked.chain);
  EXPECT_GT(spool->epoch(), 7u);
  const ForkLoss lost = loss_of(*spool, c);
  EXPECT_EQ(lost.events, 18u);
  EXPECT_EQ(lost.first, 13u);
  EXPECT_EQ(lost.last, 30u);
  EXPECT_GT(lost.until_ns, lost.from_ns);
  EXPECT_EQ(forked(), 6u);
  const SealedFrame next = seal(*spool, c);
  EXPECT_EQ(next.header.previous_epoch, 7u);
  EXPECT_EQ(next.header.previous_sequence, 20u);
  EXPECT_EQ(next.previous_chain, asked.chain);
  ASSERT_TRUE(spool->append(next).is_ok());
  ASSERT_TRUE(spool->sync(true).is_ok());
  EXPECT_TRUE(spool->commit(c, note(*spool, next), std::nullopt).is_ok());
}

// The wish was of the time before our last start: what we have written since follows a point of
// ours, behind what the log never had.
TEST_F(ForkTest, LaterEpochsThatFollowOurOwnHistoryGo) {
  const EventClass c = EventClass::command;
  auto spool = open();
  const auto before = write(*spool);  // 1/1..30
  spool = open();
  for (int i = 0; i < 4; ++i) ASSERT_TRUE(spool->append(seal(*spool, c, 1500, 3)).is_ok());
  ASSERT_TRUE(spool->sync(true).is_ok());
  ASSERT_TRUE(spool->commit(c, note(*spool, before[3]), std::nullopt).is_ok());
  const CommitNote asked = wish(*spool, c, 1, 35);
  ASSERT_TRUE(spool->commit(c, asked, std::nullopt).is_ok());
  spool = open();
  EXPECT_EQ(spool->stream(c).head.chain, asked.chain);
  EXPECT_EQ(loss_of(*spool, c).events, 30u);  // 18 of the first epoch, 12 of the second
  EXPECT_EQ(forked(), 10u);
}

// What was committed before a fork stays, as the collector's insurance. A log that came back older
// may lack it, and asks: a commit behind the fork says nothing of what lies before it.
TEST_F(ForkTest, WhatLiesBeforeAForkGoesWhereTheLogCameBackOlder) {
  const EventClass c = EventClass::command;
  auto spool = open();
  write(*spool);  // 1/1..30, of which 1..12 are committed
  ASSERT_TRUE(spool->commit(c, wish(*spool, c, 7, 20), std::nullopt).is_ok());
  spool = open();
  ASSERT_TRUE(spool->losses_told().is_ok());
  EXPECT_EQ(forked(), 6u);
  const SealedFrame behind = seal(*spool, c);
  ASSERT_TRUE(spool->append(behind).is_ok());
  ASSERT_TRUE(spool->sync(true).is_ok());
  CommitNote asked = note(*spool, behind);
  asked.log_generation = 2;
  ASSERT_TRUE(spool->commit(c, asked, std::nullopt).is_ok());
  asked.wish = CommitWish::new_epoch;
  ASSERT_TRUE(spool->commit(c, asked, std::nullopt).is_ok());
  for (int restart = 0; restart < 2; ++restart) {
    spool = open();
    EXPECT_EQ(spool->stream(c).head.chain, behind.chain);
    EXPECT_EQ(loss_of(*spool, c).events, 12u);
    EXPECT_EQ(forked(), 10u);
  }
}

// They stay where they follow the log's own point.
TEST_F(ForkTest, LaterEpochsThatFollowTheLogStay) {
  const EventClass c = EventClass::command;
  auto spool = open();
  const auto before = write(*spool);  // 1/1..30
  spool = open();
  ASSERT_TRUE(spool->append(seal(*spool, c, 1500, 3)).is_ok());
  ASSERT_TRUE(spool->sync(true).is_ok());
  const ChainHead head = spool->stream(c).head;
  CommitNote asked = note(*spool, before.back());
  asked.wish = CommitWish::new_epoch;
  ASSERT_TRUE(spool->commit(c, asked, std::nullopt).is_ok());
  EXPECT_TRUE(spool->wants_restart());
  spool = open();
  EXPECT_EQ(spool->stream(c).head.chain, head.chain);
  EXPECT_EQ(loss_of(*spool, c).events, 0u);
  EXPECT_EQ(forked(), 0u);
}

// It follows the very point at which the log has another history: no log would take it.
TEST_F(ForkTest, LaterEpochThatFollowsOurOwnHistoryGoes) {
  const EventClass c = EventClass::command;
  auto spool = open();
  write(*spool);  // 1/1..30
  spool = open();
  ASSERT_TRUE(spool->append(seal(*spool, c, 1500, 3)).is_ok());
  const CommitNote asked = wish(*spool, c, 1, 30);
  ASSERT_TRUE(spool->commit(c, asked, std::nullopt).is_ok());
  spool = open();
  EXPECT_EQ(spool->stream(c).head.sequence, 30u);
  EXPECT_EQ(spool->stream(c).head.chain, asked.chain);
  EXPECT_EQ(loss_of(*spool, c).events, 33u);  // nothing of ours was ever committed
}

// The note stays on disk until the next commit.
TEST_F(ForkTest, WishIsFollowedOnce) {
  const EventClass c = EventClass::command;
  auto spool = open();
  write(*spool);
  const CommitNote asked = wish(*spool, c, 7, 20);
  ASSERT_TRUE(spool->commit(c, asked, std::nullopt).is_ok());
  for (int restart = 0; restart < 3; ++restart) {
    spool = open();
    ASSERT_TRUE(spool->commit(c, asked, std::nullopt).is_ok());
    EXPECT_FALSE(spool->wants_restart());
    ASSERT_TRUE(spool->append(seal(*spool, c)).is_ok());
    ASSERT_TRUE(spool->sync(true).is_ok());
    EXPECT_EQ(forked(), 6u);
  }
  CommitNote later = asked;  // told again, of the same point
  later.time_ns += 1;
  ASSERT_TRUE(spool->commit(c, later, std::nullopt).is_ok());
  EXPECT_FALSE(spool->wants_restart());
  ASSERT_TRUE(spool->commit(c, wish(*spool, c, 90, 1), std::nullopt).is_ok());
  EXPECT_TRUE(spool->wants_restart());
}

// Two copies of a host: the first finding asks for a new epoch; the next, of the same point, for
// streams of its own.
TEST_F(ForkTest, NewStreamsAreBegunBehindANewEpochOfTheSamePoint) {
  const EventClass c = EventClass::command;
  auto spool = open();
  write(*spool);
  const Id id = spool->stream(c).id;
  ASSERT_TRUE(spool->commit(c, wish(*spool, c, 7, 20), std::nullopt).is_ok());
  spool = open();
  ASSERT_TRUE(
      spool->commit(c, wish(*spool, c, 7, 20, CommitWish::new_streams), std::nullopt).is_ok());
  EXPECT_TRUE(spool->wants_restart());
  spool = open();
  EXPECT_NE(spool->stream(c).id, id);
}

// The log's point lies where we have only a tombstone that it never got: no frame can tell that
// these are two histories, but the log knows.
TEST_F(ForkTest, WhatATombstoneHidesIsSetAsideToo) {
  const EventClass c = EventClass::command;
  config.bytes_max = 16u << 10;
  auto spool = open();
  for (int i = 0; i < 12; ++i) ASSERT_TRUE(spool->append(seal(*spool, c, 1500, 3)).is_ok());
  ASSERT_TRUE(spool->sync(true).is_ok());
  ASSERT_TRUE(frames(c).front().is_tombstone());
  const CommitNote asked = wish(*spool, c, 1, 2);
  ASSERT_TRUE(spool->commit(c, asked, std::nullopt).is_ok());
  spool = open();
  EXPECT_EQ(spool->stream(c).head.chain, asked.chain);
  EXPECT_EQ(loss_of(*spool, c).events, 36u);
}

TEST_F(ForkTest, LossIsKeptUntilItIsTold) {
  const EventClass c = EventClass::command;
  auto spool = open();
  write(*spool);
  ASSERT_TRUE(spool->commit(c, wish(*spool, c, 7, 20), std::nullopt).is_ok());
  for (int restart = 0; restart < 2; ++restart) {
    spool = open();
    EXPECT_EQ(loss_of(*spool, c).events, 18u);
  }
  ASSERT_TRUE(spool->losses_told().is_ok());
  EXPECT_TRUE(spool->untold_losses().empty());
  files.crash(5);
  EXPECT_TRUE(open()->untold_losses().empty());
}

// The log asked once more before the first loss was told.
TEST_F(ForkTest, LossThatNobodyWasToldOfIsToldWithTheNext) {
  const EventClass c = EventClass::command;
  auto spool = open();
  const auto sealed = write(*spool);
  ASSERT_TRUE(spool->commit(c, wish(*spool, c, 7, 20), std::nullopt).is_ok());
  spool = open();
  const ForkLoss first = loss_of(*spool, c);
  ASSERT_EQ(first.events, 18u);
  ASSERT_TRUE(spool->commit(c, note(*spool, sealed[3]), std::nullopt).is_ok());
  ASSERT_TRUE(spool->append(seal(*spool, c, 100, 3)).is_ok());
  ASSERT_TRUE(spool->commit(c, wish(*spool, c, 40, 50), std::nullopt).is_ok());
  spool = open();
  const ForkLoss both = loss_of(*spool, c);
  EXPECT_EQ(both.events, 21u);
  EXPECT_EQ(both.first, 0u);
  EXPECT_EQ(both.from_ns, first.from_ns);
  EXPECT_GT(both.until_ns, first.until_ns);
  // A third one, which takes nothing, leaves it as it is.
  ASSERT_TRUE(spool->commit(c, note(*spool, sealed[3]), std::nullopt).is_ok());
  ASSERT_TRUE(spool->commit(c, wish(*spool, c, 60, 70), std::nullopt).is_ok());
  spool = open();
  EXPECT_EQ(loss_of(*spool, c).events, 21u);
  ASSERT_TRUE(spool->losses_told().is_ok());
  EXPECT_TRUE(open()->untold_losses().empty());
}

// Of another version, or with a flipped bit.
TEST_F(ForkTest, FilesThatCannotBeReadKeepNobodyFromRecording) {
  const EventClass c = EventClass::command;
  auto spool = open();
  write(*spool);
  ASSERT_TRUE(spool->commit(c, wish(*spool, c, 7, 20), std::nullopt).is_ok());
  const std::string file = "/spool/command/wish";
  files.put(file, files.content(file).substr(0, 60));
  files.put("/spool/input/fork", "");
  spool = open();
  EXPECT_EQ(forked(), 0u);
  EXPECT_FALSE(files.exists(file));
  ASSERT_TRUE(spool->append(seal(*spool, c)).is_ok());
  // The log asks again.
  ASSERT_TRUE(spool->commit(c, wish(*spool, c, 7, 20), std::nullopt).is_ok());
  EXPECT_TRUE(spool->wants_restart());
  EXPECT_EQ(open()->stream(c).head.epoch, 7u);
}

TEST_F(ForkTest, OtherStreamsGoOnAsTheyWere) {
  auto spool = open();
  write(*spool);
  const SealedFrame login = seal(*spool, EventClass::access);
  ASSERT_TRUE(spool->append(login).is_ok());
  ASSERT_TRUE(
      spool->commit(EventClass::command, wish(*spool, EventClass::command, 7, 20), std::nullopt)
          .is_ok());
  spool = open();
  EXPECT_EQ(spool->stream(EventClass::access).head.chain, login.chain);
  EXPECT_EQ(frames(EventClass::access).size(), 1u);
}

// What a hostile uplink may keep back and bring later.
TEST_F(ForkTest, OldWishOfAPointThatIsOursTakesNothingAway) {
  const EventClass c = EventClass::command;
  auto spool = open();
  const auto sealed = write(*spool);
  CommitNote old = note(*spool, sealed[1]);
  old.wish = CommitWish::new_epoch;
  ASSERT_TRUE(spool->commit(c, old, std::nullopt).is_ok());
  spool = open();
  EXPECT_EQ(spool->stream(c).head.chain, sealed.back().chain);
  EXPECT_EQ(forked(), 0u);
  EXPECT_EQ(frames(c).size(), 10u);
  EXPECT_TRUE(spool->untold_losses().empty());
}

TEST_F(ForkTest, AClonesStreamsAreNewAndBeginFromNothing) {
  auto spool = open();
  std::array<Id, kEventClasses> ids;
  for (size_t i = 0; i < kEventClasses; ++i) {
    const auto c = static_cast<EventClass>(i + 1);
    ids[i] = spool->stream(c).id;
    write(*spool, c);
  }
  const CommitNote asked =
      wish(*spool, EventClass::input, 1, 12, CommitWish::new_streams);
  ASSERT_TRUE(spool->commit(EventClass::input, asked, std::nullopt).is_ok());
  spool = open();
  for (size_t i = 0; i < kEventClasses; ++i) {
    const auto c = static_cast<EventClass>(i + 1);
    EXPECT_NE(spool->stream(c).id, ids[i]);
    EXPECT_EQ(spool->stream(c).head.epoch, 0u);
    EXPECT_EQ(loss_of(*spool, c).events, 18u) << event_class_name(c);
    EXPECT_TRUE(segments(c).empty());
    ASSERT_TRUE(spool->append(seal(*spool, c)).is_ok());
  }
  EXPECT_EQ(forked(), 40u);
  EXPECT_EQ(spool->commit(EventClass::input, asked, std::nullopt).code(), Code::denied);
  ASSERT_TRUE(spool->sync(true).is_ok());
  const Id id = spool->stream(EventClass::access).id;
  EXPECT_EQ(open()->stream(EventClass::access).id, id);
  EXPECT_EQ(frames(EventClass::access).size(), 1u);
}

// However often the log's word is brought, with its own signature: what it does not have is in no
// other place.
TEST_F(ForkTest, NothingUncommittedIsDeletedWhileThereIsRoom) {
  config.bytes_max = 200u << 10;
  const EventClass c = EventClass::command;
  for (uint64_t round = 1; round <= 4; ++round) {
    auto spool = open();
    for (int i = 0; i < 10; ++i) ASSERT_TRUE(spool->append(seal(*spool, c, 1500, 3)).is_ok());
    ASSERT_TRUE(spool->sync(true).is_ok());
    const CommitWish kind = round % 2 == 0 ? CommitWish::new_streams : CommitWish::new_epoch;
    ASSERT_TRUE(spool->commit(c, wish(*spool, c, 100 * round, 20, kind), std::nullopt).is_ok());
    spool = open();
    spool->reclaim();
    EXPECT_EQ(loss_of(*spool, c).events, 30u);
    EXPECT_EQ(forked(), 10 * round);
    EXPECT_EQ(spool->bytes_set_aside(), forked_bytes());
    EXPECT_EQ(spool->bytes(), forked_bytes());
    EXPECT_EQ(spool->events_lost(), 0u);
    ASSERT_TRUE(spool->losses_told().is_ok());
  }
  EXPECT_GT(forked_bytes(), config.bytes_max / 2);
}

TEST_F(ForkTest, WhatIsSetAsideIsBoundedWithTheSpool) {
  config.bytes_max = 100u << 10;
  const EventClass c = EventClass::command;
  for (uint64_t round = 1; round <= 8; ++round) {
    auto spool = open();
    write(*spool);
    EXPECT_LE(spool->bytes(), config.bytes_max);
    ASSERT_TRUE(spool->commit(c, wish(*spool, c, 100 * round, 20), std::nullopt).is_ok());
  }
  auto spool = open();
  EXPECT_LE(spool->bytes(), config.bytes_max);
  EXPECT_EQ(spool->bytes_set_aside(), forked_bytes());
  EXPECT_GT(forked_bytes(), config.bytes_max / 8);
}

// The log has them. They are beside the bound, as what people may look at.
TEST_F(ForkTest, WhatWasCommittedIsBoundedByItself) {
  config.bytes_max = 300u << 10;
  const EventClass c = EventClass::command;
  for (uint64_t round = 1; round <= 4; ++round) {
    auto spool = open();
    std::vector<SealedFrame> sealed;
    for (int i = 0; i < 10; ++i) {
      sealed.push_back(seal(*spool, c, 1500, 3));
      ASSERT_TRUE(spool->append(sealed.back()).is_ok());
    }
    ASSERT_TRUE(spool->sync(true).is_ok());
    ASSERT_TRUE(spool->commit(c, note(*spool, sealed.back()), std::nullopt).is_ok());
    const CommitNote asked = wish(*spool, c, 1, 5, CommitWish::new_streams);
    ASSERT_TRUE(spool->commit(c, asked, std::nullopt).is_ok());
  }
  auto spool = open();
  EXPECT_TRUE(spool->untold_losses().empty());
  EXPECT_EQ(spool->bytes_set_aside(), 0u);
  EXPECT_GT(forked(), 3u);
  EXPECT_LE(forked_bytes(), config.bytes_max / 8);
}

// Where there is no room to write down what is to be done, the wish waits; only what was done is
// told.
TEST_F(ForkTest, FullDiskLetsWishesWait) {
  for (const CommitWish kind : {CommitWish::new_epoch, CommitWish::new_streams}) {
    const uint64_t followed = kind == CommitWish::new_epoch ? 7 : 0;
    for (int step = 0; step < 8; ++step) {
      forget();
      const std::array classes = {EventClass::access, EventClass::command};
      auto spool = open();
      for (const EventClass c : classes) {
        write(*spool, c);
        ASSERT_TRUE(spool->commit(c, wish(*spool, c, 7, 20, kind), std::nullopt).is_ok());
      }
      spool.reset();
      files.fail_after(FakeFiles::Operation::append, step, full("no room"));
      auto crowded = Spool::open(files, clock, config);
      if (crowded.is_ok()) {
        for (const EventClass c : classes) {
          const uint64_t lost = loss_of(**crowded, c).events;
          const bool is_followed = (*crowded)->stream(c).head.epoch == followed;
          EXPECT_EQ(lost, is_followed ? 18u : 0u) << step << event_class_name(c);
        }
      }
      crowded = unavailable("gone");
      files.forget_failures();
      spool = open();
      for (const EventClass c : classes) {
        EXPECT_EQ(loss_of(*spool, c).events, 18u) << step << event_class_name(c);
        EXPECT_EQ(spool->stream(c).head.epoch, followed) << step << event_class_name(c);
      }
    }
  }
}

// What was begun is finished with the room that is held for logins, wherever the disk became full.
TEST_F(ForkTest, FullDiskKeepsNoAgentFromStarting) {
  for (const CommitWish kind : {CommitWish::new_epoch, CommitWish::new_streams}) {
    for (uint64_t free = 0; free < 4'000; free += 100) {
      forget();
      auto spool = open();
      write(*spool);
      spool->reclaim();
      const CommitNote asked = wish(*spool, EventClass::command, 7, 20, kind);
      ASSERT_TRUE(spool->commit(EventClass::command, asked, std::nullopt).is_ok());
      spool.reset();
      files.set_free_bytes(free);
      EXPECT_TRUE(Spool::open(files, clock, config).is_ok()) << free;
      files.set_free_bytes(std::nullopt);
      EXPECT_EQ(loss_of(*open(), EventClass::command).events, 18u) << free;
    }
  }
}

// Broken off anywhere: each step fails once, then the power goes.
TEST_F(ForkTest, FollowingGoesOnWhereItWasBrokenOff) {
  using Operation = FakeFiles::Operation;
  for (const CommitWish kind : {CommitWish::new_epoch, CommitWish::new_streams}) {
    for (const Operation operation : {Operation::append, Operation::sync, Operation::sync_folder,
                                      Operation::rename, Operation::remove}) {
      for (int step = 0; step < 14; ++step) {
        forget();
        const EventClass c = EventClass::command;
        auto spool = open();
        write(*spool);
        const Id before = spool->stream(c).id;
        ASSERT_TRUE(spool->commit(c, wish(*spool, c, 7, 20, kind), std::nullopt).is_ok());
        spool.reset();
        files.fail_after(operation, step, unavailable("broken off"));
        (void)Spool::open(files, clock, config);
        files.crash(static_cast<uint64_t>(step));
        spool = open();
        EXPECT_EQ(loss_of(*spool, c).events, 18u) << step;
        EXPECT_EQ(spool->stream(c).head.epoch, kind == CommitWish::new_epoch ? 7u : 0u);
        EXPECT_EQ(spool->stream(c).id == before, kind == CommitWish::new_epoch);
        ASSERT_TRUE(spool->append(seal(*spool, c)).is_ok());
        ASSERT_TRUE(spool->sync(true).is_ok());
        const SealedFrame next = seal(*spool, c);
        ASSERT_TRUE(spool->append(next).is_ok());
        ASSERT_TRUE(spool->sync(true).is_ok());
        EXPECT_EQ(open()->stream(c).head.chain, next.chain);
      }
    }
  }
}

}  // namespace
}  // namespace spoor::agent
