#include "agent/correlate/writer_check.h"

#include <gtest/gtest.h>

#include "agent/limits.h"

namespace spoor::agent {
namespace {

constexpr ProcessKey kOne{50, 1000, false}, kTwo{50, 2000, false}, kNobody{50, 0, false};
constexpr const char* kSshd = "/usr/sbin/sshd";

// What calls itself so, and of which the witness saw that it executes `exe`, or nothing.
ProcessSight sight(const char* comm, Place place = Place::host, const char* exe = "") {
  ProcessSight seen;
  seen.comm = comm;
  seen.place = place;
  seen.exe = exe;
  return seen;
}
const ProcessSight kSeenSshd = sight("sshd", Place::host, kSshd);

TEST(WriterCheck, TheSamePidIsNotTheSameProcess) {
  WriterCheck c;
  c.set_asked();
  c.saw(kOne, kSeenSshd);
  EXPECT_EQ(c.judge(kOne, kSshd, {}, false).belief, Belief::believed);
  EXPECT_EQ(c.judge(kTwo, kSshd, {}, false).belief, Belief::unknown);
  EXPECT_FALSE(c.is_unknown(kOne));
  EXPECT_TRUE(c.is_unknown(kTwo));
  c.saw(kNobody, sight("sshd"));
  EXPECT_TRUE(c.is_unknown(kNobody)) << "it could be anybody of that pid";
}

TEST(WriterCheck, WhatAuditToldOfItsProgramCountsMostAndItsPlaceIsAsked) {
  WriterCheck c;
  c.set_asked();
  EXPECT_EQ(c.judge(kOne, kSshd, "/usr/bin/perl", true).belief, Belief::disbelieved);
  EXPECT_EQ(c.judge(kOne, kSshd, "/usr/sbin/sshd (deleted)", true).belief, Belief::believed);
  // Without a login it may be a container's.
  EXPECT_EQ(c.judge(kOne, kSshd, kSshd, false).belief, Belief::unknown);
  c.saw(kOne, sight("sshd"));
  EXPECT_EQ(c.judge(kOne, kSshd, kSshd, false).belief, Belief::believed);
  c.saw(kTwo, sight("sshd", Place::container));
  EXPECT_EQ(c.judge(kTwo, kSshd, kSshd, true).belief, Belief::unknown);
  EXPECT_TRUE(c.is_in_container(kTwo));
}

TEST(WriterCheck, ItsNameIsOnlyHeldAgainstThoseWhoOpenSessions) {
  WriterCheck c;
  c.set_asked();
  c.saw(kOne, sight("firewalld"));
  const Judgement lies = c.judge(kOne, kSshd, {}, false);
  EXPECT_EQ(lies.belief, Belief::disbelieved);
  EXPECT_EQ(lies.is_really, "firewalld");
  EXPECT_FALSE(lies.reason.empty());
  // A script is called by its own name.
  EXPECT_EQ(c.judge(kOne, "/usr/bin/python3.11", {}, false).belief, Belief::unknown);
  EXPECT_EQ(c.judge(kOne, "", {}, false).belief, Belief::unknown);
}

TEST(WriterCheck, ItsNameIsNoProof) {
  WriterCheck c;
  c.set_asked();
  c.saw(kOne, sight("sshd"));
  EXPECT_EQ(c.judge(kOne, kSshd, {}, false).belief, Belief::unknown) << "no witness answered";
  EXPECT_EQ(c.judge_line(kOne, "sshd", {}), Belief::unknown);
  c.saw(kOne, sight("sshd", Place::host, "/usr/bin/python3.11"));
  const Judgement lies = c.judge(kOne, kSshd, {}, true);
  EXPECT_EQ(lies.belief, Belief::disbelieved);
  EXPECT_EQ(lies.is_really, "/usr/bin/python3.11");
  EXPECT_EQ(c.judge_line(kOne, "sshd", {}), Belief::disbelieved);
}

TEST(WriterCheck, WhatAuditToldIsBetterThanWhatWasSeenLater) {
  WriterCheck c;
  c.set_asked();
  c.saw(kOne, sight("bash", Place::host, "/usr/bin/bash"));
  EXPECT_EQ(c.judge(kOne, kSshd, kSshd, false).belief, Belief::believed);
  EXPECT_EQ(c.judge_line(kOne, "sshd", kSshd), Belief::believed);
  c.runs(kTwo, kSshd);
  c.saw(kTwo, sight("bash", Place::host, "/usr/bin/bash"));
  EXPECT_EQ(c.judge(kTwo, kSshd, {}, false).belief, Belief::believed);
  c.runs(kOne, "/usr/bin/ls");
  EXPECT_EQ(c.judge(kOne, "/usr/bin/bash", {}, false).belief, Belief::disbelieved);
}

// They say who becomes whom, and execute what was asked for in the same process.
TEST(WriterCheck, WhoSpeaksAndExecutesIsNotCalledALiar) {
  WriterCheck c;
  c.set_asked();
  c.saw(kOne, sight("id", Place::host, "/usr/bin/id"));
  for (const char* claimed :
       {"/usr/bin/sudo", "/usr/bin/su", "/usr/lib/systemd/systemd-executor"}) {
    EXPECT_EQ(c.judge(kOne, claimed, {}, false).belief, Belief::unknown) << claimed;
    EXPECT_EQ(c.judge(kOne, claimed, "/usr/bin/id", false).belief, Belief::disbelieved)
        << "audit told it before";
  }
  EXPECT_EQ(c.judge_line(kOne, "sudo", {}), Belief::unknown);
  EXPECT_EQ(c.judge_line(kOne, "sshd", {}), Belief::disbelieved);
  EXPECT_EQ(c.judge(kOne, kSshd, {}, false).belief, Belief::disbelieved);
}

TEST(WriterCheck, ARunningProgramReplacesItsName) {
  WriterCheck c;
  c.set_asked();
  c.runs(kOne, "/usr/bin/ls");
  EXPECT_EQ(c.size(), 0u) << "it never wrote, and is none of those that do";
  c.saw(kOne, sight("sshd"));
  c.runs(kOne, "/usr/bin/ls");
  EXPECT_EQ(c.judge(kOne, kSshd, {}, false).belief, Belief::disbelieved);
  c.runs(kTwo, kSshd);
  EXPECT_TRUE(c.is_unknown(kTwo)) << "where it runs is not known yet";
}

TEST(WriterCheck, WhoPlaysALogBelievesWhatNothingSpeaksAgainst) {
  WriterCheck c;
  EXPECT_EQ(c.judge(kOne, kSshd, {}, false).belief, Belief::believed);
  EXPECT_EQ(c.judge(kOne, kSshd, "/usr/bin/perl", false).belief, Belief::disbelieved);
}

TEST(WriterCheck, LinesOfAFile) {
  WriterCheck c;
  EXPECT_EQ(c.judge_line(kOne, "sshd", {}), Belief::unknown);
  EXPECT_EQ(c.judge_line(kOne, "sshd", kSshd), Belief::believed);
  EXPECT_EQ(c.judge_line(kOne, "sshd", "/bin/bash"), Belief::disbelieved);
  c.saw(kOne, kSeenSshd);
  EXPECT_EQ(c.judge_line(kOne, "sshd", {}), Belief::believed);
  EXPECT_EQ(c.judge_line(kOne, "cron", {}), Belief::disbelieved);
  c.saw(kTwo, sight("sshd", Place::container));
  EXPECT_EQ(c.judge_line(kTwo, "sshd", {}), Belief::unknown);
  EXPECT_EQ(c.judge_line(kTwo, "sshd", kSshd), Belief::disbelieved);
}

TEST(WriterCheck, BoundedAndSaved) {
  WriterCheck c;
  c.set_asked();
  for (uint32_t pid = 1; pid < 3 * kWritersMax; ++pid) {
    c.saw({pid, 1, false}, kSeenSshd);
    ASSERT_LE(c.size(), kWritersMax);
  }
  const ProcessKey last{3 * kWritersMax - 1, 1, false};
  EXPECT_FALSE(c.is_unknown(last));
  std::string saved;
  c.save(saved);
  WriterCheck back;
  back.set_asked();
  BlobReader from(saved);
  ASSERT_TRUE(back.restore(from));
  EXPECT_EQ(back.judge(last, kSshd, {}, false).belief, Belief::believed);
  std::string again;
  back.save(again);
  EXPECT_EQ(again, saved);
  for (size_t i = 0; i < 200; ++i) {
    BlobReader torn(std::string_view(saved).substr(0, i));
    EXPECT_FALSE(back.restore(torn));
    EXPECT_EQ(back.size(), 0u);
  }
}

}  // namespace
}  // namespace spoor::agent
