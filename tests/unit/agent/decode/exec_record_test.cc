#include "agent/decode/exec_record.h"

#include <algorithm>
#include <random>

#include "agent/limits.h"

namespace spoor::agent {
namespace {

std::string hex(std::string_view bytes) {
  static constexpr char kDigits[] = "0123456789ABCDEF";
  std::string out;
  for (const char c : bytes) {
    out += kDigits[static_cast<uint8_t>(c) >> 4];
    out += kDigits[static_cast<uint8_t>(c) & 15];
  }
  return out;
}

std::vector<std::string> args_of(const AuditEvent& e) {
  std::vector<std::string> out;
  for (const ExecArgument& arg : e.exec->args) {
    out.push_back(arg.present ? std::string(e.bytes(arg.value)) : "<missing>");
  }
  return out;
}

using Args = std::vector<std::string>;

TEST(ExecRecord, QuotedHexAndEmpty) {
  AuditEvent e;
  EXPECT_TRUE(decode_execve(" argc=4 a0=\"sh\" a1=2D6300FF a2=\"\" a3=\"it's\"", e));
  EXPECT_EQ(e.exec->argc, 4u);
  EXPECT_EQ(args_of(e), (Args{"sh", std::string("-c\0\xff", 4), "", "it's"}));
}

TEST(ExecRecord, OldKernelsLeaveEmptyOnesOut) {
  AuditEvent e;
  EXPECT_TRUE(decode_execve("argc=3 a0=\"a\" a2=\"c\"", e));
  EXPECT_EQ(args_of(e), (Args{"a", "<missing>", "c"}));
}

TEST(ExecRecord, PiecesJoinOverRecords) {
  const std::string value(9001, 'v');
  AuditEvent e;
  EXPECT_TRUE(decode_execve("argc=3 a0=\"a\" a1_len=18002 a1[0]=" + hex(value.substr(0, 3000)), e));
  EXPECT_TRUE(e.exec->args[1].cut);  // so far
  EXPECT_TRUE(decode_execve(" a1[1]=" + hex(value.substr(3000, 3000)), e));
  EXPECT_TRUE(decode_execve(" a1[2]=" + hex(value.substr(6000)) + " a2=\"c\"", e));
  EXPECT_EQ(args_of(e), (Args{"a", value, "c"}));
  EXPECT_FALSE(e.exec->args[1].cut);
}

TEST(ExecRecord, QuotedPiecesCountBytesOnce) {
  AuditEvent e;
  EXPECT_TRUE(decode_execve("argc=2 a0=\"a\" a1_len=6 a1[0]=\"abc\"", e));
  EXPECT_TRUE(e.exec->args[1].cut);
  EXPECT_TRUE(decode_execve("a1[1]=\"def\"", e));
  EXPECT_EQ(args_of(e), (Args{"a", "abcdef"}));
  EXPECT_FALSE(e.exec->args[1].cut);
}

TEST(ExecRecord, MissingPieceCutsMissingFirstPieceHides) {
  AuditEvent e;
  decode_execve("argc=3 a0=\"a\" a1_len=9 a1[0]=\"abc\" a2_len=4 a2[1]=\"zz\"", e);
  decode_execve("a1[2]=\"ghi\"", e);
  EXPECT_EQ(args_of(e), (Args{"a", "abc", "<missing>"}));
  EXPECT_TRUE(e.exec->args[1].cut);
}

TEST(ExecRecord, AnyOrderOfRecordsGivesTheSame) {
  std::mt19937 random(20231114);
  for (int round = 0; round < 300; ++round) {
    Args args;
    std::vector<std::string> bodies;
    std::string body = "argc=6";
    for (int i = 0; i < 6; ++i) {
      std::string value(random() % 40, ' ');
      for (char& c : value) c = static_cast<char>(random());
      args.push_back(value);
      const std::string name = "a" + std::to_string(i);
      if (random() % 2 != 0) {
        body += " " + name + "=" + (value.empty() ? "\"\"" : hex(value));
        continue;
      }
      body += " " + name + "_len=" + std::to_string(value.size() * 2);
      for (size_t at = 0, piece = 0; at <= value.size(); at += 7, ++piece) {
        const std::string part = value.substr(at, 7);
        body += " " + name + "[" + std::to_string(piece) + "]=" + hex(part);
        if (random() % 2 != 0) {
          bodies.push_back(body);
          body.clear();
        }
      }
    }
    bodies.push_back(body);
    std::shuffle(bodies.begin(), bodies.end(), random);
    AuditEvent e;
    for (const std::string& b : bodies) EXPECT_TRUE(decode_execve(b, e)) << b;
    ASSERT_EQ(args_of(e), args);
    EXPECT_TRUE(e.exec->waiting.empty());
    for (const ExecArgument& arg : e.exec->args) EXPECT_FALSE(arg.cut);
  }
}

TEST(ExecRecord, HostileIndexesCostNothing) {
  AuditEvent e;
  EXPECT_FALSE(decode_execve("argc=2 a0=\"x\" a2=\"y\" a4294967295=\"z\" a99999999999=\"w\"", e));
  EXPECT_EQ(args_of(e), (Args{"x"}));
  for (const char* bad : {"a=1", "a1[=1", "a1[]=41", "a1[x]=41", "a1_le=3", "b1=41", "a1]=41",
                          "a1[99999999999]=41", "a-1=41", "a1=4", "a1=(null)", "a1_len=x",
                          "a1=\"open"}) {
    AuditEvent other;
    EXPECT_FALSE(decode_execve("argc=2 a0=\"x\" " + std::string(bad), other)) << bad;
    EXPECT_EQ(other.bytes(other.exec->args[0].value), "x");
  }
  AuditEvent claim;
  EXPECT_TRUE(decode_execve("argc=4294967295 a0=\"x\"", claim));
  EXPECT_LE(claim.exec->args.capacity(), 256u);
  EXPECT_FALSE(decode_execve("a" + std::to_string(kExecArgsMax) + "=\"x\"", claim));
}

TEST(ExecRecord, ArgcAfterItsArguments) {
  AuditEvent e;
  EXPECT_TRUE(decode_execve("a1=\"b\" a5=\"f\"", e));
  EXPECT_FALSE(decode_execve("argc=2 a0=\"a\"", e));  // a5 was a lie
  EXPECT_EQ(args_of(e), (Args{"a", "b"}));
}

TEST(ExecRecord, TheFirstOfTwoWins) {
  AuditEvent e;
  EXPECT_FALSE(decode_execve("argc=2 a0=\"a\" a0=\"b\" a1_len=4 a1[0]=\"p\" a1[0]=\"q\"", e));
  EXPECT_EQ(args_of(e), (Args{"a", "p"}));
  EXPECT_FALSE(decode_execve("a0[0]=\"z\" a1=\"whole\" argc=9", e));
  EXPECT_EQ(args_of(e), (Args{"a", "p"}));
  EXPECT_FALSE(e.exec->args[0].cut);
}

TEST(ExecRecord, ArgumentsBeyondTheLimitAreCutAndMarked) {
  AuditEvent e;
  const std::string big(131'071, 'A');
  decode_execve("argc=30 a0=\"x\"", e);
  for (int i = 1; i < 30; ++i) {
    const std::string name = "a" + std::to_string(i);
    decode_execve(name + "_len=262142 " + name + "[0]=" + hex(big.substr(0, 70'000)), e);
    decode_execve(name + "[1]=" + hex(big.substr(70'000)), e);
  }
  EXPECT_LE(e.values.size(), kEventValuesBytesMax - kNamesBytesReserved);
  EXPECT_FALSE(e.exec->args[1].cut);
  EXPECT_EQ(e.bytes(e.exec->args[1].value), big);
  EXPECT_TRUE(e.exec->args[29].cut || !e.exec->args[29].present);
  size_t marked = 0;
  for (const ExecArgument& arg : e.exec->args) marked += arg.cut || !arg.present ? 1 : 0;
  EXPECT_GE(marked, 8u);
}

TEST(ExecRecord, PiecesAreBounded) {
  AuditEvent e;
  std::string body;
  for (uint32_t i = 0; i < 3 * kExecPiecesMax; ++i) {
    body = "a" + std::to_string(i) + "[1]=41 a" + std::to_string(i) + "[2]=42";
    decode_execve(body, e);
  }
  EXPECT_LE(e.exec->waiting.size(), kExecPiecesMax);
  EXPECT_LE(e.exec->in_pieces.size(), kExecPiecesMax);
}

}  // namespace
}  // namespace spoor::agent
