#include "agent/replay.h"

#include <gtest/gtest.h>

#include <fstream>
#include <set>

#include "agent/event_lines.h"
#include "agent/limits.h"
#include "agent/redact/redactor.h"
#include "tests/support/collected_output.h"
#include "tests/support/temp_folder.h"

namespace spoor::agent {
namespace {

std::string login(int serial, const std::string& node = "") {
  const std::string number = std::to_string(serial);
  return (node.empty() ? "" : "node=" + node + " ") + "type=USER_LOGIN msg=audit(" +
         std::to_string(1'700'000'000 + serial) + ".001:" + number +
         "): pid=5 uid=0 auid=1 ses=1 msg='op=login acct=\"a\" res=success'\n";
}

// Each look at it takes so long.
class SlowClock final : public Clock {
 public:
  Instant now() const override {
    now_.boottime_ns += step_ns;
    return now_;
  }
  int64_t suspended_ns() const override { return 0; }
  int64_t step_ns = 0;

 private:
  mutable Instant now_{1'700'000'000 * kNsPerSecond, 1'000 * kNsPerSecond};
};

class ReplayTest : public ::testing::Test {
 protected:
  std::string file(const std::string& name, const std::string& text) {
    std::ofstream(folder_ / name, std::ios::binary) << text;
    return folder_ / name;
  }
  Result<ReplayCounts> play(std::vector<std::string> paths, ReplayProgress progress = {}) {
    options_.paths = std::move(paths);
    return replay(options_, clock_, output_, progress);
  }

  TempFolder folder_;
  SlowClock clock_;
  ReplayOptions options_{.paths = {}, .host = "here", .node = {}};
  CollectedOutput output_;
};

TEST_F(ReplayTest, CountsRecordsAndEvents) {
  const auto counts =
      play({file("log", login(7) + "what is this\n" + login(8) + "type=1300 msg=x")});
  ASSERT_TRUE(counts.is_ok()) << counts.status().message();
  EXPECT_EQ(counts->records, 3u);
  EXPECT_EQ(counts->unreadable_lines, 1u);
  EXPECT_EQ(counts->undecoded, 1u);
  EXPECT_EQ(counts->events, 3u);
  EXPECT_EQ(output_.facts, (std::vector<std::string>{"here:7", "here:8", "here:0"}));
  EXPECT_EQ(output_.finished, 1);
}

TEST_F(ReplayTest, SecretsAreTakenOutUnlessNobodyWants) {
  Redactor redactor(load_redact_rules(shipped_redact_rules()).rules);
  const std::string log = file("log", "type=EXECVE msg=audit(1700000000.001:7): argc=2 "
                                      "a0=\"mysql\" a1=\"-phunter2\"\n");
  for (Redactor* wanted : {static_cast<Redactor*>(nullptr), &redactor}) {
    std::string lines;
    EventLines output([&](std::string_view text) {
      lines += text;
      return ok();
    });
    options_.paths = {log};
    options_.redactor = wanted;
    ASSERT_TRUE(replay(options_, clock_, output, {}).is_ok());
    EXPECT_EQ(lines.find("hunter2") == std::string::npos, wanted != nullptr) << lines;
    EXPECT_EQ(lines.find("«redacted:mysql-password»") != std::string::npos, wanted != nullptr);
  }
}

TEST_F(ReplayTest, RotatedLogsArePlayedOldestFirst) {
  const auto counts = play({file("audit.log", login(9)), file("audit.log.1", "# cut\n" + login(8)),
                            file("audit.log.10", login(7))});
  ASSERT_TRUE(counts.is_ok());
  EXPECT_EQ(output_.facts, (std::vector<std::string>{"here:7", "here:8", "here:9"}));
}

TEST_F(ReplayTest, FileWithoutARecordComesLast) {
  const std::string empty = file("empty", "# a comment\n\n"), good = file("good", login(7));
  EXPECT_EQ(*oldest_first({empty, good}), (std::vector<std::string>{good, empty}));
}

TEST_F(ReplayTest, WhatIsNoLogIsRefusedBeforeAnythingIsPlayed) {
  const std::string good = file("good", login(7));
  const std::string packed = file("log.gz", "\x1f\x8b\x08 binary");
  const std::string words = file("words", "nothing\n"), xz = file("log.xz", {"\xfd" "7zXZ\0", 6});
  const Status status = play({good, packed, words, xz}).status();
  EXPECT_EQ(status.code(), Code::invalid);
  for (const std::string& what :
       {packed + " is compressed (gzip): zcat -f FILE... | spoor-agent replay -\n",
        words + " holds no audit record", xz + " is compressed (xz): xz -dcf"}) {
    EXPECT_NE(status.message().find(what), std::string::npos) << status.message();
  }
  EXPECT_TRUE(output_.facts.empty());
}

TEST_F(ReplayTest, NoRecordAtAllIsAFailure) {
  for (const std::string text : {"", "\n", "# a comment\n"}) {
    EXPECT_EQ(play({file("log", text)}).code(), Code::invalid) << text;
  }
  EXPECT_EQ(output_.finished, 0);
}

// ausearch -i: no evidence.
TEST_F(ReplayTest, InterpretedRecordsAreLeftOutAndSaid) {
  const std::string line = "type=USER_LOGIN msg=audit(11/22/2026 10:00:00.123:45) : pid=5 uid=root "
                           "auid=alice ses=1 msg='op=login res=success'\n";
  const Status status = play({file("all", line)}).status();
  EXPECT_EQ(status.code(), Code::invalid);
  EXPECT_NE(status.message().find("ausearch --raw"), std::string::npos) << status.message();
  const auto counts = play({file("some", login(7) + line + login(8))});
  ASSERT_TRUE(counts.is_ok());
  EXPECT_EQ(counts->interpreted, 1u);
  EXPECT_EQ(counts->undecoded, 0u);
  ASSERT_EQ(counts->problems.size(), 1u);
  EXPECT_NE(counts->problems[0].find("1 records left out"), std::string::npos);
  EXPECT_EQ(output_.facts, (std::vector<std::string>{"here:7", "here:8"}));
}

TEST_F(ReplayTest, ANodeThatIsNotThereIsAFailureThatSaysWhichAre) {
  options_.node = "nosuch";
  const Status status = play({file("log", login(7, "a") + login(8) + login(9, "a"))}).status();
  EXPECT_EQ(status.code(), Code::invalid);
  EXPECT_NE(status.message().find("nosuch; the hosts in it: none (no node=), a"),
            std::string::npos) << status.message();
}

TEST_F(ReplayTest, HostsAreKeptApart) {
  // The same serial and time on two hosts are two events.
  const auto counts = play({file("log", login(7, "a") + login(7, "b") + login(7, "a"))});
  ASSERT_TRUE(counts.is_ok());
  EXPECT_EQ(output_.facts, (std::vector<std::string>{"a:7", "b:7", "a:7"}));
  EXPECT_EQ(counts->records, 3u);
}

// --host gives the records without a name to a host; some may have its name already.
TEST_F(ReplayTest, OneNameIsOneHost) {
  const auto counts = play({file("log", login(7) + login(8, "here") + login(9))});
  ASSERT_TRUE(counts.is_ok());
  ASSERT_EQ(output_.facts, (std::vector<std::string>{"here:7", "here:8", "here:9"}));
  EXPECT_EQ(std::set<Id>(output_.boots.begin(), output_.boots.end()).size(), 1u);
}

TEST_F(ReplayTest, NamesOfFilesCannotPaintTheTerminal) {
  for (const std::string& name : {file("a\x1b[2J", "no log"), folder_ / "b\x1b[2J"}) {
    const Status status = play({name}).status();
    EXPECT_EQ(status.message().find('\x1b'), std::string::npos);
    EXPECT_NE(status.message().find("\\x1b[2J"), std::string::npos) << status.message();
  }
}

TEST_F(ReplayTest, OneNodeCanBeChosen) {
  options_.node = "b";
  const auto counts = play({file("log", login(7, "a") + login(8, "b") + login(9))});
  ASSERT_TRUE(counts.is_ok());
  EXPECT_EQ(output_.facts, std::vector<std::string>{"b:8"});
}

TEST_F(ReplayTest, MoreHostsThanTheLimitAreAnErrorThatSaysWhatToDo) {
  std::string text;
  for (size_t i = 0; i <= kReplayHostsMax; ++i) text += login(7, "host" + std::to_string(i));
  const Status status = play({file("log", text)}).status();
  EXPECT_EQ(status.code(), Code::invalid);
  EXPECT_NE(status.message().find("--node"), std::string::npos);
}

TEST_F(ReplayTest, FailureOfTheOutputEndsIt) {
  output_.fails_at = 1;
  EXPECT_EQ(play({file("log", login(7) + login(8) + login(9))}).status().code(),
            Code::unavailable);
  EXPECT_EQ(output_.facts.size(), 1u);
  EXPECT_EQ(output_.finished, 0);
}

TEST_F(ReplayTest, WhatCannotBeReadIsSaidByName) {
  const Status status = play({folder_ / "nothing"}).status();
  EXPECT_EQ(status.code(), Code::not_found);
  EXPECT_NE(status.message().find("nothing"), std::string::npos);
  EXPECT_FALSE(play({folder_ / ""}).is_ok());
  EXPECT_EQ(oldest_first({"-", "x"}).status().code(), Code::invalid);
}

// auditd writes no EOE: events of its log are not worse for it. Where others have one, they are.
TEST_F(ReplayTest, MissingEndIsAFaultOnlyWhereThereAreEnds) {
  const std::string call = "): arch=c000003e syscall=2 success=yes exit=3 items=0 ppid=1 pid=2 "
                           "auid=1 ses=1\n";
  const std::string one = "type=SYSCALL msg=audit(1700000000.001:7" + call;
  const std::string two = "type=SYSCALL msg=audit(1700000000.001:8" + call;
  const std::string end = "type=EOE msg=audit(1700000000.001:8): \n";
  EXPECT_EQ(play({file("log", one + two)})->incomplete, 0u);
  output_.facts.clear();
  EXPECT_EQ(play({file("log", one + two + end)})->incomplete, 1u);
}

TEST_F(ReplayTest, HostileLinesAreAnswered) {
  std::string text(2 * kLogLineBytesMax, 'x');
  text += "\n";
  text += std::string("type=SYSCALL msg=audit(1.2:3): a=\0b\n", 36);
  text += "type=PATH msg=audit(1.2:3): name=\"\xff\xfe\"\r\n";
  text += "node=\nnode= type=\ntype=EXECVE msg=audit(1.2:3): argc=4294967295 a0";
  const auto counts = play({file("log", text)});
  ASSERT_TRUE(counts.is_ok()) << counts.status().message();
  EXPECT_EQ(counts->cut_lines, 1u);
  EXPECT_EQ(counts->records, 3u);
  EXPECT_EQ(counts->events, 1u);
}

TEST_F(ReplayTest, ProgressIsToldOfLongWorkOnly) {
  std::string text;
  for (int i = 0; i < 20'000; ++i) text += login(i + 1);
  const std::string path = file("log", text);
  std::vector<uint64_t> told;
  const ReplayProgress progress = [&](const ReplayCounts& so_far, uint64_t bytes_all) {
    EXPECT_EQ(bytes_all, text.size());
    EXPECT_LE(so_far.bytes, bytes_all);
    told.push_back(so_far.records);
  };
  ASSERT_TRUE(play({path}, progress).is_ok());
  EXPECT_TRUE(told.empty());
  clock_.step_ns = kNsPerSecond;
  ASSERT_TRUE(play({path}, progress).is_ok());
  EXPECT_EQ(told, (std::vector<uint64_t>{8192, 12288, 16384}));
}

TEST(ReplaySummaryTest, SaysWhatIsNotZero) {
  ReplayCounts counts{.records = 220'018, .events = 40'004, .incomplete = 3,
                      .elapsed_ns = kNsPerSecond / 2, .problems = {}};
  EXPECT_EQ(summary_of(counts),
            "220,018 records: 40,004 events, 3 incomplete, 0 undecoded; 0.50 s, 440,036 records/s");
  counts.unreadable_lines = 1'000;
  counts.cut_lines = 1;
  EXPECT_NE(summary_of(counts).find(", 1,000 lines that are no record, 1 lines over 1 MiB cut;"),
            std::string::npos);
}

}  // namespace
}  // namespace spoor::agent
