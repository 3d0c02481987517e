#include "agent/correlate/place_gate.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "agent/correlate/reassembler.h"
#include "agent/limits.h"

namespace spoor::agent {
namespace {

class PlaceGateTest : public testing::Test {
 protected:
  static AuditEvent command(uint32_t serial, uint32_t auid = kUnsetId) {
    AuditEvent event;
    event.key = {1000, serial};
    event.syscall.emplace();
    event.syscall->pid = serial;
    event.syscall->ppid = 1;
    event.syscall->auid = auid;
    event.exec.emplace();
    event.text = "text";
    return event;
  }
  PlaceGateTest() {
    gate_.want_commands();
    gate_.drop_hosts([this](const AuditEvent&) { return of_session_; });
  }
  void give(AuditEvent event) { gate_.on_event(event); }
  void answer(size_t question, Place place) {
    gate_.on_answer({questions_.at(question).ticket, {.place = place}});
  }

  bool of_session_ = false;
  std::string log_;  // +serial passed, ?serial passed for want of an answer, -serial dropped
  std::vector<PlaceQuestion> questions_;
  PlaceGate gate_{[this](AuditEvent& e) {
                        log_ += (e.place_unknown ? "?" : "+") + std::to_string(e.key.serial);
                      },
                      [this](AuditEvent& e) { log_ += "-" + std::to_string(e.key.serial); },
                      [this](PlaceQuestion&& q) { questions_.push_back(std::move(q)); }};
};

TEST_F(PlaceGateTest, OnlyCommandsWithoutALoginAreAskedAbout) {
  give(command(1, 1000));
  AuditEvent file = command(2);
  file.exec.reset();
  give(std::move(file));
  EXPECT_EQ(log_, "+1+2");
  EXPECT_TRUE(questions_.empty());
  give(command(3));
  ASSERT_EQ(questions_.size(), 1u);
  EXPECT_EQ(questions_[0].pid, 3u);
  EXPECT_EQ(questions_[0].parent_pid, 1u);
  EXPECT_EQ(log_, "+1+2");
  EXPECT_EQ(gate_.least_serial_waiting(), 3u);
}

TEST_F(PlaceGateTest, TheHostsOwnAreDroppedOthersPass) {
  for (uint32_t serial : {1u, 2u, 3u}) give(command(serial));
  answer(0, Place::host);
  answer(1, Place::container);
  answer(2, Place::unknown);
  EXPECT_EQ(log_, "-1+2?3");
  EXPECT_EQ(gate_.waiting(), 0u);
  EXPECT_FALSE(gate_.least_serial_waiting());
}

// Who took his login uid off is not one of the host's services.
TEST_F(PlaceGateTest, WhatComesFromALoginIsNotDropped) {
  of_session_ = true;
  give(command(1));
  answer(0, Place::host);
  EXPECT_EQ(log_, "+1");
}

TEST_F(PlaceGateTest, WhatAContainersRuntimeStartsIsAskedAboutAndNeverDropped) {
  gate_.want_entries([](const AuditEvent& event) { return event.key.serial == 2; });
  give(command(1, 1000));
  give(command(2, 1000));
  give(command(3, 1000));
  ASSERT_EQ(questions_.size(), 1u);
  EXPECT_EQ(questions_[0].pid, 2u);
  answer(0, Place::host);
  EXPECT_EQ(log_, "+1+2+3");
}

TEST_F(PlaceGateTest, EventsLeaveInTheOrderTheyCame) {
  give(command(1));
  give(command(2, 1000));
  give(command(3));
  answer(1, Place::container);
  EXPECT_EQ(log_, "");
  answer(0, Place::host);
  EXPECT_EQ(log_, "-1+2+3");
}

TEST_F(PlaceGateTest, QuestionNamesTheProgramAndItsFiles) {
  AuditEvent event = command(1);
  event.values = "/bin/id08:01";
  event.syscall->exe = {0, 7};
  PathFields path;
  path.device = {7, 5};
  path.inode = 44;
  event.paths.push_back(path);
  give(std::move(event));
  ASSERT_EQ(questions_.size(), 1u);
  EXPECT_EQ(questions_[0].exe, "/bin/id");
  ASSERT_EQ(questions_[0].files.size(), 1u);
  EXPECT_EQ(questions_[0].files[0].device, "08:01");
  EXPECT_EQ(questions_[0].files[0].inode, 44u);
}

// By its stamp, which the kernel cuts to ms and to a tick; or by its reading, whichever is first.
TEST_F(PlaceGateTest, QuestionSaysWhenItHadRun) {
  AuditEvent event = command(1);
  const int64_t stamp_ns = event.key.time_ms * kNsPerMs;
  const auto born_by_ns = [&](int64_t realtime_ns) {
    event.first_read = {realtime_ns, 500 * kNsPerSecond};
    give(event);
    return questions_.back().born_by_ns;
  };
  EXPECT_EQ(born_by_ns(stamp_ns + 7 * kNsPerSecond), 493 * kNsPerSecond + kAuditTickNs);
  EXPECT_EQ(born_by_ns(stamp_ns + 2), 500 * kNsPerSecond);
  EXPECT_EQ(born_by_ns(stamp_ns - kNsPerSecond), 500 * kNsPerSecond) << "the clock was set back";
}

// However long ago it happened, as what is played after a crash did.
TEST_F(PlaceGateTest, WaitBeginsWithTheFirstTick) {
  give(command(1));
  gate_.tick({0, 1'000 * kNsPerMs});
  give(command(2));
  gate_.tick({0, 1'000 * kNsPerMs + kTickNs});
  EXPECT_EQ(log_, "");
  gate_.tick({0, 1'000 * kNsPerMs + kPlaceWaitNs});
  EXPECT_EQ(log_, "?1");
  gate_.tick({0, 1'000 * kNsPerMs + kTickNs + kPlaceWaitNs});
  EXPECT_EQ(log_, "?1?2");
  answer(0, Place::host);  // too late, and harmless
  answer(1, Place::host);
  EXPECT_EQ(log_, "?1?2");
}

TEST_F(PlaceGateTest, WaitingIsBoundedInBytes) {
  AuditEvent large = command(1);
  large.text.assign(kPlaceWaitBytesMax - bytes_of(large), 'x');
  give(std::move(large));
  EXPECT_EQ(log_, "");
  give(command(2));
  EXPECT_EQ(log_, "?1");
}

// Arguments that were announced and never came have no text, and cost what they cost.
TEST_F(PlaceGateTest, WaitingIsBoundedByWhatItCosts) {
  constexpr size_t kArgs = 10'000;
  AuditEvent event = command(1);
  event.exec->args.resize(kArgs);
  const size_t most = kPlaceWaitBytesMax / (kArgs * sizeof(ExecArgument));
  for (size_t i = 0; i < 3 * most; ++i) give(event);
  EXPECT_GT(gate_.waiting(), most / 2);
  EXPECT_LE(gate_.waiting(), most);
  while (gate_.waiting() > 0) gate_.flush();
  // None of it is counted any more.
  give(event);
  EXPECT_EQ(gate_.waiting(), 1u);
}

TEST_F(PlaceGateTest, LeastSerialCountsAcrossTheWrap) {
  give(command(2));
  give(command(0xFFFFFFFEu));
  EXPECT_EQ(gate_.least_serial_waiting(), 0xFFFFFFFEu);
}

// Programs' records: asked about while nobody knows their writer, and never dropped.
TEST_F(PlaceGateTest, UnknownWritersAreAskedAboutAndPass) {
  gate_.want_writers([](const AuditEvent& event) { return event.key.serial != 3; });
  const auto record = [](uint32_t serial) {
    AuditEvent event;
    event.key = {1000, serial};
    event.user.emplace();
    event.user->pid = 100 + serial;
    return event;
  };
  give(record(3));
  EXPECT_EQ(log_, "+3") << "known already";
  give(record(1));
  AuditEvent login = record(2);
  login.user.reset();
  login.login.emplace();
  login.login->pid = 102;
  give(std::move(login));
  ASSERT_EQ(questions_.size(), 2u);
  EXPECT_EQ(questions_[0].pid, 101u);
  EXPECT_EQ(questions_[0].parent_pid, 0u);
  EXPECT_EQ(questions_[1].pid, 102u);
  answer(0, Place::host);
  gate_.tick({0, 1});
  gate_.tick({0, 1 + kPlaceWaitNs});
  EXPECT_EQ(log_, "+3+1+2") << "an answer that never came marks nothing";
}

// A call on files in a directory that nobody knows: it waits for its answer and takes it along.
TEST_F(PlaceGateTest, DirectoriesAreAskedForAndGoWithTheirEvent) {
  gate_.want_directories([](const AuditEvent& event, PlaceQuestion& question) {
    if (event.key.serial == 2) return false;
    question.descriptors = {5};
    question.files = {{"08:01", 77}};
    return true;
  });
  AuditEvent file = command(2, 1000);
  file.exec.reset();
  give(file);
  EXPECT_EQ(log_, "+2") << "known already";
  give(command(1, 1000));
  EXPECT_EQ(log_, "+2+1") << "a command";
  file.key.serial = 3;
  give(file);
  ASSERT_EQ(questions_.size(), 1u);
  EXPECT_EQ(questions_[0].pid, 2u);
  EXPECT_EQ(questions_[0].parent_pid, 0u);
  EXPECT_EQ(questions_[0].descriptors, std::vector<int32_t>{5});
  EXPECT_EQ(questions_[0].files.size(), 1u) << "and none of the event's own";
  std::vector<DirectorySeen> taken;
  PlaceGate gate([&](AuditEvent& event) { taken = event.directories; }, [](AuditEvent&) {},
                 [](PlaceQuestion&&) {});
  gate.want_directories([](const AuditEvent&, PlaceQuestion& question) {
    question.descriptors = {5};
    return true;
  });
  AuditEvent same = file;
  gate.on_event(same);
  gate.on_answer({questions_[0].ticket, {}, {{5, "08:01", 77, "/srv"}}});
  ASSERT_EQ(taken.size(), 1u);
  EXPECT_EQ(taken[0].path, "/srv");
}

// Whoever walks a tree opens thousands: the rest of the second is not asked for.
TEST_F(PlaceGateTest, QuestionsForDirectoriesAreBoundedInTime) {
  gate_.want_directories([](const AuditEvent&, PlaceQuestion& question) {
    question.descriptors = {5};
    return true;
  });
  const auto storm = [&](int64_t ms) {
    for (uint32_t i = 0; i < 2 * kDirectoryQuestionsPerSecond; ++i) {
      AuditEvent file = command(i, 1000);
      file.exec.reset();
      give(std::move(file));
    }
    gate_.tick({0, ms * kNsPerMs});
    gate_.tick({0, ms * kNsPerMs + kPlaceWaitNs});
    EXPECT_EQ(gate_.waiting(), 0u);
    return questions_.size();
  };
  EXPECT_EQ(storm(5'000), kDirectoryQuestionsPerSecond);
  EXPECT_EQ(storm(5'400), kDirectoryQuestionsPerSecond * 2) << "the tick began a second";
  EXPECT_EQ(storm(5'800), kDirectoryQuestionsPerSecond * 2);
  EXPECT_EQ(storm(6'300), kDirectoryQuestionsPerSecond * 2);
  EXPECT_EQ(storm(6'400), kDirectoryQuestionsPerSecond * 3);
}

}  // namespace
}  // namespace spoor::agent
