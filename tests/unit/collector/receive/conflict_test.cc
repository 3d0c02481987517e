#include "collector/receive/conflict.h"

#include <gmock/gmock.h>

#include "tests/unit/collector/receive/story_fleet.h"

namespace spoor::collector {
namespace {

StreamHead head(uint64_t epoch, uint64_t sequence) {
  StreamHead out;
  out.epoch = epoch;
  out.epoch_nonce = Id{static_cast<uint8_t>(epoch)};
  out.sequence = sequence;
  return out;
}
OfferedEpoch epoch(uint64_t number, uint64_t last) {
  return {number, Id{static_cast<uint8_t>(number)}, last};
}

std::optional<OfferedEpoch> judged(const StreamOffer& offer, const StreamHead& in_log) {
  return rolled_back_host(offer, in_log, {}, true);
}

TEST(RolledBackHost, EndsBelowTheLogOrHasAnotherNonce) {
  StreamOffer offer;
  EXPECT_FALSE(judged(offer, head(2, 10)));  // holds nothing: all is committed
  offer.epochs = {epoch(1, 5), epoch(2, 10)};
  EXPECT_FALSE(judged(offer, head(2, 10)));
  EXPECT_FALSE(judged(offer, head(1, 99)));
  EXPECT_FALSE(judged(offer, head(0, 0)));
  EXPECT_EQ(judged(offer, head(2, 11))->last_sequence, 10u);
  EXPECT_EQ(judged(offer, head(3, 1))->epoch, 2u);
  EXPECT_FALSE(rolled_back_host(offer, head(3, 1), {}, false));  // it may have lost power
  StreamHead other = head(2, 3);
  other.epoch_nonce = Id{77};
  EXPECT_EQ(judged(offer, other)->epoch, 2u);
  EXPECT_TRUE(rolled_back_host(offer, other, {}, false));  // but has not lost that
  other.epoch_nonce = Id{};  // of a Skip that did not know it
  EXPECT_FALSE(judged(offer, other));
  // It lost power, and what it had not synced: it has begun a new epoch since.
  offer.epochs.push_back(epoch(3, 0));
  EXPECT_FALSE(judged(offer, head(2, 11)));
}

// The log is in a later epoch of another host's, and would never ask for what this one holds.
TEST(RolledBackHost, HoldsOfAPastEpochWhatTheLogDoesNot) {
  PastEpochs past;
  past.moved(head(0, 0), head(3, 20));
  past.moved(head(3, 20), head(4, 1));
  StreamOffer offer;
  offer.epochs = {epoch(3, 20), epoch(5, 0)};
  EXPECT_FALSE(rolled_back_host(offer, head(4, 39), past, false));
  offer.epochs[0].last_sequence = 43;
  EXPECT_EQ(rolled_back_host(offer, head(4, 39), past, false)->epoch, 3u);
  offer.epochs[0] = {3, Id{77}, 12};
  EXPECT_EQ(rolled_back_host(offer, head(4, 39), past, false)->epoch, 3u);
  past.moved(head(4, 39), head(6, 1));  // of epoch 5 it has nothing
  offer.epochs = {epoch(3, 20), epoch(5, 0), epoch(7, 0)};
  EXPECT_FALSE(rolled_back_host(offer, head(6, 1), past, false));
  offer.epochs[1].last_sequence = 2;
  EXPECT_EQ(rolled_back_host(offer, head(6, 1), past, false)->epoch, 5u);
}

// A copy's frames are the first that the log ever got of the stream, from an epoch behind ours.
TEST(RolledBackHost, HoldsAnEpochBehindWhichTheStreamBeginsInTheLog) {
  PastEpochs past;
  past.moved(head(0, 0), head(2, 20));
  StreamOffer offer;
  offer.epochs = {epoch(1, 50), epoch(3, 0)};
  EXPECT_EQ(rolled_back_host(offer, head(2, 20), past, false)->epoch, 1u);
  offer.epochs[0].last_sequence = 0;
  EXPECT_FALSE(rolled_back_host(offer, head(2, 20), past, false));
}

TEST(PastEpochs, KeepsTheLast) {
  PastEpochs past;
  StreamHead at = head(1, 1);
  for (uint64_t number = 2; number < 200; ++number) {
    const StreamHead next = head(number, number);
    past.moved(at, next);
    past.moved(next, next);
    at = next;
  }
  EXPECT_EQ(past.find(199 - PastEpochs::kEndsMax - 1), nullptr);
  EXPECT_EQ(past.find(199 - PastEpochs::kEndsMax)->sequence, 199 - PastEpochs::kEndsMax);
  EXPECT_EQ(past.find(198)->sequence, 198u);
  EXPECT_EQ(past.find(199), nullptr);
}

TEST(OlderLog, LacksWhatItPromisedOrSpeaksWithALesserGeneration) {
  CommitNote note;
  PastEpochs past;
  note.log_generation = 2;
  note.epoch = 3;
  note.sequence = 7;
  EXPECT_TRUE(shows_older_log(note, head(0, 0), past, {}, 2));
  EXPECT_TRUE(shows_older_log(note, head(2, 99), past, {}, 2));
  EXPECT_TRUE(shows_older_log(note, head(3, 6), past, {}, 2));
  EXPECT_FALSE(shows_older_log(note, head(3, 7), past, {}, 2));
  EXPECT_FALSE(shows_older_log(note, head(4, 1), past, {}, 2));
  EXPECT_TRUE(shows_older_log(note, head(3, 7), past, {}, 1));   // agents believe no lesser one
  EXPECT_FALSE(shows_older_log(note, head(3, 6), past, {}, 3));  // this was told when 3 began

  // Others have led it on since it came back.
  past.moved(head(2, 9), head(3, 5));
  past.moved(head(3, 5), head(5, 1));
  EXPECT_TRUE(shows_older_log(note, head(5, 1), past, {}, 2));
  note.sequence = 5;
  EXPECT_FALSE(shows_older_log(note, head(5, 1), past, {}, 2));
  note.epoch = 4;  // not between those that are known
  EXPECT_TRUE(shows_older_log(note, head(5, 1), past, {}, 2));
  note.epoch = 1;  // before all that is known
  EXPECT_FALSE(shows_older_log(note, head(5, 1), past, {}, 2));
}

// It was led on by somebody else in the same epoch: its numbers go beyond the promised point.
TEST(OlderLog, LacksThePromisedPointItself) {
  const auto at = [](uint64_t sequence) {
    StreamHead out = head(3, sequence);
    std::memcpy(out.chain.data(), &sequence, sizeof sequence);
    return out;
  };
  CommitNote note;
  note.log_generation = 2;
  note.epoch = 3;
  LatePoints points;
  const auto is_older = [&](uint64_t sequence, uint64_t chain, uint64_t end) {
    note.sequence = sequence;
    note.chain = at(chain).chain;
    return shows_older_log(note, at(end), {}, points, 2);
  };
  const uint64_t begin = 10;
  const uint64_t end = 4 * ChainMarks::kMarksMax;
  EXPECT_FALSE(is_older(begin, end, begin));  // nothing is known
  for (uint64_t i = begin + 1; i <= end; ++i) {
    points.moved(at(i - 1), at(i));
    EXPECT_FALSE(is_older(begin, end, i));
    EXPECT_FALSE(is_older(i, i, i));
    EXPECT_TRUE(is_older(i, end + i, i));
  }
  for (uint64_t i = 1; i <= end; ++i) {
    EXPECT_FALSE(is_older(i, i, end)) << i;
  }
  for (uint64_t i = end - ChainMarks::kMarksMax / 2; i <= end; ++i)
    EXPECT_TRUE(is_older(i, end + i, end)) << i;
  points.doubt_before(at(end));
  EXPECT_FALSE(is_older(end, end + 1, end));
  points.moved(at(end), at(end + 1));
  EXPECT_TRUE(is_older(end + 1, 2 * end, end + 1));
}

// It is told a wish without a point, signed like any other.
TEST(OlderLog, WhatAStrangerIsToldPromisesNothing) {
  CommitNote note;
  note.log_generation = 2;
  note.wish = CommitWish::new_streams;
  PastEpochs past;
  past.moved({}, head(3, 5));
  EXPECT_FALSE(shows_older_log(note, head(3, 5), past, {}, 2));
}

TEST(Boots, AHostThatStartsAnewIsNoClone) {
  Boots boots;
  for (uint8_t boot = 1; boot < 20; ++boot) {
    EXPECT_FALSE(boots.is_clone(Id{boot}));
    boots.wrote(Id{boot});
    boots.wrote(Id{boot});
    EXPECT_FALSE(boots.is_clone(Id{boot}));
  }
}

TEST(Boots, TwoThatComeInTurnsAreTwo) {
  Boots boots;
  boots.wrote(Id{1});
  boots.wrote(Id{2});
  EXPECT_FALSE(boots.is_clone(Id{1}));
  EXPECT_FALSE(boots.is_clone(Id{2}));
  boots.wrote(Id{1});  // an old snapshot would come back like this, too
  EXPECT_TRUE(boots.is_clone(Id{2}));
  EXPECT_FALSE(boots.is_clone(Id{1}));
  boots.wrote(Id{1});
  EXPECT_TRUE(boots.is_clone(Id{2}));
}

TEST(ConflictCount, CountsOnceForAPlaceAndForgets) {
  ConflictCount count;
  Speaker one;
  one.boot_id = Id{1};
  EXPECT_EQ(count.add(head(1, 1), one, 1, 5).count, 1u);
  EXPECT_FALSE(count.add(head(1, 1), one, 1, 6).is_new);
  EXPECT_TRUE(count.add(head(1, 2), one, 1, 6).is_new);
  EXPECT_EQ(count.add(head(2, 1), one, 1, 7).count, 3u);
  EXPECT_EQ(count.add(head(3, 1), one, 1, 8 + kConflictsTimeNs).count, 1u);
}

// Two hosts at one place are two findings, and none is told for ever.
TEST(ConflictCount, SomebodyElseAtTheSamePlaceIsTold) {
  ConflictCount count;
  uint32_t told = 0;
  for (uint8_t i = 0; i < 100; ++i) {
    Speaker speaker;
    speaker.boot_id = Id{static_cast<uint8_t>(i % 2)};
    const auto counted = count.add(head(1, 1), speaker, 1, i);
    EXPECT_EQ(counted.count, 1u);
    told += counted.is_new;
  }
  EXPECT_EQ(told, kConflictsToldMax);
}

TEST(ConflictCount, WhoHasBegunAnewAndComesAsBeforeCountsAgain) {
  constexpr int64_t kAgainNs = 10 * kNsPerSecond;
  ConflictCount count;
  int64_t now_ns = 5;
  const auto add = [&](uint64_t epoch, int64_t after_ns) {
    return count.add(head(1, 1), Speaker(), epoch, now_ns += after_ns);
  };
  EXPECT_EQ(add(0, 0).count, 1u);               // told of a frame
  EXPECT_EQ(add(3, kAgainNs).count, 1u);
  EXPECT_EQ(add(3, 100 * kAgainNs).count, 1u);  // it has not yet done what it was asked for
  EXPECT_TRUE(add(4, 0).is_new);
  EXPECT_EQ(add(4, kAgainNs - 1).count, 2u);
  EXPECT_EQ(add(4, 1).count, 3u);
  EXPECT_EQ(add(5, kAgainNs).count, kConflictsUntilClone);
  EXPECT_FALSE(add(6, kAgainNs).is_new);
}

// ------------------------------------------------------------------ stories

class ConflictStory : public testing::Test {
 protected:
  // The same machine and boot, on a disk that has begun the epoch otherwise.
  static StoryHost with_old_disk(const StoryHost& host) {
    StoryHost old(1);
    old.machine = host.machine;
    old.boot = host.boot;
    old.write();
    old.spool[0].header.epoch_nonce = Id{9};
    return old;
  }

  StoryCollector collector_;
};

// A virtual machine goes back to a snapshot while it runs: the same boot, the same epoch, and other
// frames where the log has some.
TEST_F(ConflictStory, ASnapshotIsRestoredWhileItRuns) {
  StoryHost host(1);
  for (int i = 0; i < 5; ++i) host.write();
  collector_.connect(host);
  StoryHost snapshot = host;
  for (int i = 0; i < 5; ++i) host.write();
  collector_.connect(host);
  EXPECT_EQ(collector_.frames_of("web1"), 10u);

  for (int i = 0; i < 8; ++i) snapshot.write();  // further than the log: only the chain tells
  collector_.connect(snapshot);
  EXPECT_EQ(snapshot.peer->refused(), v1::Refuse::CODE_FORK);
  EXPECT_EQ(snapshot.obeyed, 1u);
  const std::vector<v1::StreamConflict> conflicts = collector_.conflicts();
  ASSERT_EQ(conflicts.size(), 1u);
  EXPECT_EQ(conflicts[0].kind(), v1::StreamConflict::KIND_FORK);
  EXPECT_EQ(conflicts[0].in_log().sequence(), 10u);
  EXPECT_EQ(conflicts[0].refused_header().size(), kCanonicalHeaderSize);
  EXPECT_EQ(conflicts[0].side().boot_id(), text_of(snapshot.boot));
  EXPECT_EQ(conflicts[0].wish(), static_cast<uint32_t>(CommitWish::new_epoch));

  snapshot.write(3);
  collector_.connect(snapshot);
  EXPECT_EQ(snapshot.peer->refused(), v1::Refuse::CODE_UNSPECIFIED);
  EXPECT_EQ(snapshot.peer->committed(snapshot.writer), "2/3");
  EXPECT_EQ(collector_.conflicts().size(), 1u);
  collector_.expect_one_history();
}

// The Hello alone shows it where the snapshot has written less than the log has.
TEST_F(ConflictStory, AnOldDiskComesBack) {
  StoryHost host(1);
  for (int i = 0; i < 3; ++i) host.write();
  collector_.connect(host);
  const StoryHost disk = host;
  for (int start = 0; start < 3; ++start) {
    host.reboot();
    for (int i = 0; i < 4; ++i) host.write();
    collector_.connect(host);
  }
  for (const bool collector_restarted : {false, true}) {
    if (collector_restarted) collector_.restart();
    StoryHost old = disk;
    old.reboot();
    old.write();
    collector_.connect(old);  // epoch 2 again, while the log is in a later one
    EXPECT_EQ(old.obeyed, 1u);
    old.write();
    collector_.connect(old);
    EXPECT_EQ(old.peer->refused(), v1::Refuse::CODE_UNSPECIFIED);
    EXPECT_EQ(old.obeyed, 1u);
    EXPECT_NE(old.peer->committed(old.writer), "");
  }
  const std::vector<v1::StreamConflict> conflicts = collector_.conflicts();
  ASSERT_EQ(conflicts.size(), 2u);
  for (const v1::StreamConflict& conflict : conflicts) {
    EXPECT_EQ(conflict.kind(), v1::StreamConflict::KIND_HOST_ROLLED_BACK);
    EXPECT_EQ(conflict.offered().epoch(), 2u);
  }
  collector_.expect_one_history();
}

// The log has what the power cut took from the host. Its uplink is quicker than its agent, whose
// new epoch would say so.
TEST_F(ConflictStory, APowerCutIsNoRollback) {
  StoryHost host(1);
  for (int i = 0; i < 3; ++i) host.write();
  StoryHost disk = host;
  host.write();
  collector_.connect(host);

  disk.boot = random_id();
  disk.has_agent_begun = false;
  collector_.connect(disk);
  EXPECT_EQ(disk.obeyed, 0u);
  disk.reboot();
  disk.has_agent_begun = true;
  disk.write();
  collector_.connect(disk);
  EXPECT_EQ(disk.obeyed, 0u);
  EXPECT_EQ(disk.peer->refused(), v1::Refuse::CODE_UNSPECIFIED);
  EXPECT_TRUE(collector_.conflicts().empty());
}

// Nor after the collector has been started anew, which knows of the stream what its log says.
TEST_F(ConflictStory, APowerCutIsNoForkToACollectorThatStarted) {
  StoryHost host(1);
  for (int i = 0; i < 3; ++i) host.write();
  StoryHost disk = host;
  for (int i = 0; i < 20; ++i) host.write();
  collector_.connect(host);
  collector_.restart();
  disk.reboot();
  disk.write();
  collector_.connect(disk);
  EXPECT_EQ(disk.obeyed, 0u);
  EXPECT_EQ(collector_.frames_of("web1"), 24u);
  EXPECT_TRUE(collector_.conflicts().empty());
}

// Two hosts write one epoch, and the agent of the one that has written less begins another: it
// follows frames that the log never had, and would never ask for.
TEST_F(ConflictStory, ACopyOfARunningHostBeginsALaterEpoch) {
  for (const bool collector_restarted : {false, true}) {
    StoryCollector collector;
    StoryHost host(1);
    for (int i = 0; i < 3; ++i) host.write();
    collector.connect(host);
    StoryHost copy = host;
    for (int i = 0; i < 5; ++i) host.write();
    collector.connect(host);
    if (collector_restarted) collector.restart();
    const Id boot = copy.boot;
    for (int i = 0; i < 2; ++i) copy.write();
    copy.reboot();
    copy.boot = boot;  // only its agent was started
    copy.write();
    collector.connect(copy);
    EXPECT_EQ(copy.peer->refused(), v1::Refuse::CODE_FORK);
    EXPECT_EQ(copy.obeyed, 1u);
    EXPECT_EQ(copy.set_aside.size(), 6u);
    ASSERT_EQ(collector.conflicts().size(), 1u);
    const v1::StreamConflict conflict = collector.conflicts()[0];
    EXPECT_EQ(conflict.kind(), v1::StreamConflict::KIND_FORK);
    EXPECT_EQ(conflict.in_log().sequence(), 8u);
    EXPECT_EQ(conflict.refused_header().size(), kCanonicalHeaderSize);

    copy.write();
    collector.connect(copy);
    EXPECT_EQ(copy.peer->refused(), v1::Refuse::CODE_UNSPECIFIED);
    EXPECT_EQ(copy.obeyed, 1u);
    EXPECT_EQ(collector.conflicts().size(), 1u);
    collector.expect_one_history();
  }
}

// Its newest epoch follows a point of its own that the log has passed with somebody else's frames.
// Taken as it is, what lies before it would be lost in silence.
TEST_F(ConflictStory, WhatAStrangersEpochHidesIsNotPassedOver) {
  StoryHost host(1);
  for (int i = 0; i < 3; ++i) host.write();
  collector_.connect(host);
  StoryHost disk = host;
  host.reboot();
  for (int i = 0; i < 6; ++i) host.write();
  collector_.connect(host);

  disk.reboot();
  for (int i = 0; i < 2; ++i) disk.write();  // epoch 2, too
  disk.reboot();
  disk.write();
  collector_.connect(disk);
  EXPECT_EQ(disk.obeyed, 1u);
  EXPECT_EQ(collector_.frames_of("web1"), 9u);
  disk.write();
  collector_.connect(disk);
  EXPECT_EQ(collector_.frames_of("web1"), 10u);
  collector_.expect_one_history();
}

// It comes again and again before it has done what it was asked for: this is one conflict.
TEST_F(ConflictStory, AHostThatDoesNotObeyIsToldOfOnce) {
  StoryHost host(1);
  for (int i = 0; i < 5; ++i) host.write();
  collector_.connect(host);
  StoryHost old = with_old_disk(host);
  for (int i = 0; i < 50; ++i) {
    StoryHost deaf = old;
    collector_.connect(deaf);
    EXPECT_EQ(deaf.peer->wished(host.writer), v1::CommitPoint::WISH_NEW_EPOCH);
  }
  EXPECT_EQ(collector_.conflicts().size(), 1u);
}

// It did what it was asked for, and still holds what the log has passed: nothing of it would ever
// be taken.
TEST_F(ConflictStory, AHostThatObeysInVainGetsStreamsOfItsOwn) {
  StoryHost host(1);
  for (int i = 0; i < 5; ++i) host.write();
  collector_.connect(host);
  StoryHost old = with_old_disk(host);
  StoryHost asked = old;
  collector_.connect(asked);
  old.spool.push_back(old.spool[0]);
  old.spool[1].header.epoch = 2;
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(asked.peer->wished(host.writer), v1::CommitPoint::WISH_NEW_EPOCH) << i;
    collector_.clock.advance_ns(10 * kNsPerSecond);
    asked = old;
    collector_.connect(asked);
  }
  EXPECT_EQ(asked.peer->wished(host.writer), v1::CommitPoint::WISH_NEW_STREAMS);
  EXPECT_EQ(collector_.conflicts().back().kind(), v1::StreamConflict::KIND_CLONE);
  asked.write();
  collector_.connect(asked);
  EXPECT_EQ(asked.peer->refused(), v1::Refuse::CODE_UNSPECIFIED);
  EXPECT_NE(asked.peer->committed(asked.writer), "");
}

// The same where the Hello shows nothing, and only its frames contradict the log.
TEST_F(ConflictStory, AHostWhoseFramesForkForEverGetsStreamsOfItsOwn) {
  StoryHost host(1);
  for (int i = 0; i < 5; ++i) host.write();
  collector_.connect(host);
  StoryHost other = host;
  for (int i = 0; i < 5; ++i) host.write();
  collector_.connect(host);
  for (int i = 0; i < 8; ++i) other.write();
  StoryHost asked = other;
  collector_.connect(asked);
  for (uint32_t i = 1; i < kConflictsUntilClone; ++i) {
    EXPECT_EQ(asked.peer->refused(), v1::Refuse::CODE_FORK) << i;
    EXPECT_EQ(asked.peer->wished(host.writer), v1::CommitPoint::WISH_NEW_EPOCH) << i;
    collector_.clock.advance_ns(10 * kNsPerSecond);
    other.writer.go_on_from({other.writer.epoch(), other.writer.sequence(), other.writer.chain()});
    other.write();
    asked = other;
    collector_.connect(asked);
  }
  EXPECT_EQ(asked.peer->refused(), v1::Refuse::CODE_FORK);
  asked = other;
  collector_.connect(asked);
  EXPECT_EQ(asked.peer->wished(host.writer), v1::CommitPoint::WISH_NEW_STREAMS);
  EXPECT_EQ(collector_.conflicts().back().kind(), v1::StreamConflict::KIND_CLONE);
  asked.write();
  collector_.connect(asked);
  EXPECT_EQ(asked.peer->refused(), v1::Refuse::CODE_UNSPECIFIED);
  EXPECT_NE(asked.peer->committed(asked.writer), "");
  collector_.expect_one_history();
}

// Two machines of one image, side by side for a long time. Each boots by itself, or both are copies
// of one running machine, which share even the boot.
TEST_F(ConflictStory, TwoClonesFindTheirOwnWays) {
  for (const bool same_boot : {false, true}) {
    StoryCollector collector;
    StoryHost one(1);
    one.write();
    collector.connect(one);
    StoryHost two = one;
    if (!same_boot) {
      one.reboot();
      two.reboot();
    }
    uint64_t written = 0;
    for (int round = 0; round < 100; ++round) {
      for (StoryHost* host : {&one, &two}) {
        const int frames = host == &two ? 2 : 1;  // they do not keep in step
        for (int i = 0; i < frames; ++i) host->write();
        written += static_cast<uint64_t>(frames);
        collector.connect(*host);
        collector.clock.advance_ns(10 * kNsPerSecond);
      }
    }
    EXPECT_NE(one.writer.stream(), two.writer.stream()) << same_boot;
    EXPECT_EQ(one.peer->refused(), v1::Refuse::CODE_UNSPECIFIED);
    EXPECT_EQ(two.peer->refused(), v1::Refuse::CODE_UNSPECIFIED);
    // They settle: what the log lacks was set aside, and said, in the first rounds.
    EXPECT_GE(collector.frames_of("web1"), written - 12) << same_boot;
    EXPECT_LE(one.obeyed + two.obeyed, 12u) << same_boot;
    const std::vector<v1::StreamConflict> conflicts = collector.conflicts();
    EXPECT_LE(conflicts.size(), 12u);
    EXPECT_EQ(std::count_if(conflicts.begin(), conflicts.end(), [](const auto& c) {
      return c.kind() == v1::StreamConflict::KIND_CLONE;
    }), 1) << same_boot;
    collector.expect_one_history();
  }
}

// Whoever has its key says Hello as the host, in boots of his choice, between its own.
TEST_F(ConflictStory, AThiefWhoOnlySaysHelloMakesNobodyAClone) {
  StoryHost host(1);
  for (int i = 0; i < 5; ++i) host.write();
  collector_.connect(host);
  std::vector<StoryHost> thieves(3, host);  // one in the very boot that the host had before
  host.reboot();
  for (StoryHost& thief : thieves) thief.spool.clear();
  thieves[1].boot = random_id();
  thieves[2].boot = random_id();
  for (int round = 0; round < 20; ++round) {
    for (StoryHost& thief : thieves) {
      collector_.connect(thief);
      if (round % 3 == 0) host.write();
      collector_.connect(host);
      ASSERT_EQ(host.peer->refused(), v1::Refuse::CODE_UNSPECIFIED) << round;
    }
    collector_.connect(thieves[1]);
    collector_.connect(thieves[2]);
  }
  EXPECT_EQ(host.obeyed, 0u);
  EXPECT_EQ(host.last_commit.epoch(), host.writer.epoch());
  EXPECT_EQ(host.last_commit.sequence(), host.writer.sequence());
  EXPECT_TRUE(collector_.conflicts().empty());
}

TEST_F(ConflictStory, AnotherMachineWithTheSameStreamsIsAClone) {
  StoryHost one(1);
  one.write();
  collector_.connect(one);
  StoryHost two = one;
  two.machine = random_id();
  two.write();
  collector_.connect(two);
  EXPECT_NE(two.writer.stream(), one.writer.stream());
  EXPECT_EQ(two.peer->refused(), v1::Refuse::CODE_UNAVAILABLE);
  const v1::StreamConflict conflict = collector_.conflicts().at(0);
  EXPECT_EQ(conflict.kind(), v1::StreamConflict::KIND_CLONE);
  EXPECT_EQ(conflict.side().machine_id(), text_of(two.machine));
  EXPECT_EQ(conflict.other().machine_id(), text_of(one.machine));
  for (StoryHost* host : {&one, &two}) {
    host->write();
    collector_.connect(*host);
    EXPECT_EQ(host->peer->refused(), v1::Refuse::CODE_UNSPECIFIED);
  }
}

// The collector's disk is put back from a backup, twice the same one. Agents send again what they
// have; what nobody has any more is a hole that a Skip names.
TEST_F(ConflictStory, TheCollectorIsRestoredFromACopyTwice) {
  StoryHost one(1), two(2);
  two.name = "web2";
  for (StoryHost* host : {&one, &two}) {
    for (int i = 0; i < 3; ++i) host->write();
    collector_.connect(*host);
  }
  const StoryCollector::Copy copy = collector_.backup();
  uint64_t generation = 1;
  for (int restore = 0; restore < 2; ++restore) {
    for (StoryHost* host : {&one, &two}) {
      for (int i = 0; i < 4; ++i) host->write();
      collector_.connect(*host);
      EXPECT_EQ(host->last_commit.log_generation(), generation);
    }
    one.spool.erase(one.spool.begin(), one.spool.begin() + 5);  // committed long ago
    collector_.restore(copy);
    EXPECT_EQ(collector_.log->generation(), 1u);
    collector_.connect(one);
    collector_.connect(two);
    collector_.connect(one);
    EXPECT_GT(collector_.log->generation(), generation);
    generation = collector_.log->generation();
    for (StoryHost* host : {&one, &two}) {
      EXPECT_EQ(host->peer->refused(), v1::Refuse::CODE_UNSPECIFIED);
      EXPECT_EQ(host->last_commit.log_generation(), generation);
      EXPECT_EQ(host->last_commit.sequence(), host->writer.sequence());
    }
    const std::vector<v1::StreamConflict> conflicts = collector_.conflicts();
    ASSERT_EQ(conflicts.size(), 1u);  // one, however many agents tell
    EXPECT_EQ(conflicts[0].kind(), v1::StreamConflict::KIND_COLLECTOR_ROLLED_BACK);
    EXPECT_EQ(conflicts[0].generation(), generation);
    EXPECT_EQ(conflicts[0].commit_signature().size(), 64u);
    collector_.expect_one_history();
  }
  collector_.restart();
  EXPECT_EQ(collector_.log->generation(), generation);
}

// Between the backup and the host a copy of it comes first, and leads the log past the point that
// it had promised, in the same epoch: numbers alone would show nothing.
TEST_F(ConflictStory, ARestoredLogIsLedOnByACopyBeforeTheHostComes) {
  for (const bool collector_restarted : {false, true}) {
    StoryCollector collector;
    StoryHost host(1);
    for (int i = 0; i < 3; ++i) host.write();
    collector.connect(host);
    const StoryCollector::Copy copy = collector.backup();
    StoryHost other = host;
    for (int i = 0; i < 4; ++i) host.write();
    collector.connect(host);
    EXPECT_EQ(host.last_commit.sequence(), 7u);
    collector.restore(copy);
    for (int i = 0; i < 6; ++i) other.write();
    collector.connect(other);
    EXPECT_EQ(other.last_commit.sequence(), 9u);
    if (collector_restarted) collector.restart();
    EXPECT_EQ(collector.log->generation(), 1u);

    collector.connect(host);
    EXPECT_EQ(collector.log->generation(), 2u);
    const std::vector<v1::StreamConflict> conflicts = collector.conflicts();
    ASSERT_FALSE(conflicts.empty());
    EXPECT_EQ(conflicts[0].kind(), v1::StreamConflict::KIND_COLLECTOR_ROLLED_BACK);
    EXPECT_EQ(conflicts[0].offered().sequence(), 7u);
    host.write();
    collector.connect(host);
    EXPECT_EQ(host.last_commit.log_generation(), 2u);
    EXPECT_EQ(collector.log->generation(), 2u);
    collector.expect_one_history();
  }
}

// Only the log's own signature counts.
TEST_F(ConflictStory, AForgedCommitRaisesNothing) {
  StoryHost host(1);
  host.write();
  collector_.connect(host);
  const v1::CommitPoint good = host.last_commit;
  const auto hello_with = [&](auto change) {
    host.last_commit = good;
    change(host.last_commit);
    collector_.connect(host);
    EXPECT_EQ(host.peer->refused(), v1::Refuse::CODE_UNSPECIFIED);
    EXPECT_EQ(collector_.log->generation(), 1u);
  };
  hello_with([](v1::CommitPoint& c) { c.set_sequence(99); });
  hello_with([](v1::CommitPoint& c) { c.set_log_generation(9); });
  hello_with([](v1::CommitPoint& c) { c.set_epoch(9), c.set_signature(std::string(64, 'x')); });
  hello_with([](v1::CommitPoint& c) { c.set_epoch(9), c.set_signature("short"); });
  hello_with([](v1::CommitPoint& c) {
    c.set_epoch(9), c.set_algorithm(v1::CommitPoint::ALGORITHM_NONE), c.clear_signature();
  });
  EXPECT_TRUE(collector_.conflicts().empty());
}

}  // namespace
}  // namespace spoor::collector
