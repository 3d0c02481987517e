#include "agent/source/replay.h"

#include <gtest/gtest.h>

namespace spoor::agent {
namespace {

TEST(ReplayLineTest, RecordsByNameAndByNumber) {
  for (const std::string line :
       {"type=SYSCALL msg=audit(1.2:3): a=b\n", "type=1300 msg=audit(1.2:3): a=b",
        "node=web1 type=SYSCALL msg=audit(1.2:3): a=b", "type=1300 audit(1.2:3): a=b",
        "type=UNKNOWN[1300] msg=audit(1.2:3): a=b\r\n"}) {
    const auto item = parse_replay_line(line);
    ASSERT_TRUE(item.is_ok()) << line << item.status().message();
    const auto* record = std::get_if<Datagram>(&*item);
    ASSERT_NE(record, nullptr) << line;
    EXPECT_EQ(record->type, 1300) << line;
    EXPECT_EQ(record->text, "audit(1.2:3): a=b") << line;
  }
}

TEST(ReplayLineTest, ClockAndProcessMessages) {
  const auto clock = parse_replay_line("clock real_ns=1700000000000000001 boot_ns=5");
  EXPECT_EQ(std::get<Instant>(*clock).realtime_ns, 1'700'000'000'000'000'001);
  const auto fork = parse_replay_line("proc fork pid=12 ppid=11 boot_ns=99");
  EXPECT_EQ(std::get<ProcessMessage>(*fork).parent_pid, 11u);
  EXPECT_EQ(std::get<ProcessMessage>(*fork).pid, 12u);
  const auto exit = parse_replay_line("proc exit pid=12 status=256 boot_ns=100");
  EXPECT_EQ(std::get<ProcessMessage>(*exit).wait_status, 256u);
  EXPECT_EQ(std::get<ProcessMessage>(*exit).boottime_ns, 100);
}

TEST(ReplayLineTest, EmptyLinesAndCommentsAreNothing) {
  for (const std::string line :
       {"", "\n", "# a comment", "----", "time->Sun Nov 22 01:00:00 2026"}) {
    EXPECT_TRUE(std::holds_alternative<std::monostate>(*parse_replay_line(line)));
  }
}

TEST(ReplayLineTest, OtherLinesAreInvalid) {
  for (const std::string line :
       {"hello", "type=", "type=SYSCALL", "type=NONSENSE msg=audit(1.2:3): x", "clock real_ns=1",
        "proc fork pid=1 boot_ns=1", "proc exit pid=x status=1 boot_ns=1", "node=web1", "node=",
        "node=web1 clock real_ns=1 boot_ns=1", "clock real_ns=-1 boot_ns=1",
        "clock real_ns=1 boot_ns=9223372036854775807", "proc fork pid=1 ppid=1 boot_ns=-1",
        "type=70000 msg=x", "type=-1 msg=x"}) {
    EXPECT_EQ(parse_replay_line(line).code(), Code::invalid) << line;
  }
}

TEST(ReplayLineTest, InterpretedRecordsAreKnownByTheirDate) {
  for (const std::string text : {"audit(11/22/2026 10:00:00.123:45) : a=b",
                                 "audit(22.11.2026 10:00:00.123:45) : a=b"}) {
    EXPECT_TRUE(is_interpreted(Datagram{1300, text})) << text;
  }
  for (const std::string text : {"audit(1700000000.123:45): a=b", "audit(1.2:3)", "audit(", "x",
                                 "audit(no end of it", ""}) {
    EXPECT_FALSE(is_interpreted(Datagram{1300, text})) << text;
  }
}

TEST(ReplayLineTest, CompressionIsKnownByItsFirstBytes) {
  EXPECT_EQ(compression_of("\x1f\x8b\x08"), "gzip");
  EXPECT_EQ(compression_of("\x28\xb5\x2f\xfd"), "zstd");
  EXPECT_EQ(compression_of({"\xfd" "7zXZ\0more", 10}), "xz");
  EXPECT_EQ(compression_of("BZh91AY"), "bzip2");
  EXPECT_EQ(compression_of("type=SYSCALL"), "");
  EXPECT_EQ(compression_of("\x1f"), "");
}

TEST(ReplayLineTest, NodeIsTheHostThatALineNames) {
  EXPECT_EQ(node_of("node=web1 type=SYSCALL msg=x"), "web1");
  EXPECT_EQ(node_of("node=web1"), "web1");
  EXPECT_EQ(node_of("node="), "");
  EXPECT_EQ(node_of("type=SYSCALL msg=x node=web1"), "");
}

}  // namespace
}  // namespace spoor::agent
