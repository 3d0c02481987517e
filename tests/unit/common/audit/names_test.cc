#include "common/audit/names.h"

namespace spoor {
namespace {

TEST(AuditNames, RecordTypesBothWays) {
  for (const auto& [name, number] : {std::pair<std::string, uint16_t>{"SYSCALL", 1300},
                                     {"EXECVE", 1309}, {"USER_CMD", 1123}, {"LOGIN", 1006},
                                     {"EOE", 1320}, {"LANDLOCK_ACCESS", 1423},
                                     {"DM_CTRL", 1338}, {"UNKNOWN[1399]", 1399}}) {
    EXPECT_EQ(record_type_number(name), number);
    EXPECT_EQ(record_type_name(number), name);
  }
}

TEST(AuditNames, NonsenseIsUnknown) {
  for (const char* name : {"", "NOPE", "UNKNOWN[", "UNKNOWN[]", "UNKNOWN[65536]", "UNKNOWN[-1]",
                           "UNKNOWN[12x]", "syscall\n"}) {
    EXPECT_FALSE(record_type_number(name)) << name;
  }
}

TEST(AuditNames, Syscalls) {
  EXPECT_STREQ(syscall_name(0xC000003E, 59), "execve");
  EXPECT_STREQ(syscall_name(0x40000003, 11), "execve");
  EXPECT_STREQ(syscall_name(0xC00000B7, 221), "execve");
  EXPECT_STREQ(syscall_name(0x40000028, 11), "execve");
  EXPECT_STREQ(syscall_name(0x80000016, 11), "execve");
  EXPECT_STREQ(syscall_name(0xC0000015, 11), "execve");
  EXPECT_STREQ(syscall_name(0xC00000F3, 221), "execve");   // by aarch64's table
  EXPECT_STREQ(syscall_name(0xC00000F3, 259), "");         // riscv_flush_icache: its own
  EXPECT_STREQ(syscall_name(0xC000003E, 0x40000000), "read");  // x32
  EXPECT_STREQ(syscall_name(0xC000003E, 0xFFFFFFFF), "");
  EXPECT_STREQ(syscall_name(0xC000003E, 99999), "");
  EXPECT_STREQ(syscall_name(0xDEADBEEF, 1), "");
}

TEST(AuditNames, CallsThatAreNewerThanLibauditsTable) {
  EXPECT_STREQ(syscall_name(0xC000003E, 452), "fchmodat2");
  EXPECT_STREQ(syscall_name(0x40000003, 463), "setxattrat");
  EXPECT_STREQ(syscall_name(0xC00000F3, 466), "removexattrat");
  EXPECT_STREQ(syscall_name(0xC0000008, 5452), "fchmodat2");
  EXPECT_STREQ(syscall_name(0xC0000008, 452), "");
  EXPECT_STREQ(syscall_name(0xDEADBEEF, 452), "");
}

TEST(AuditNames, Architectures) {
  EXPECT_STREQ(arch_name(0xC000003E), "x86_64");
  EXPECT_STREQ(arch_name(0x40000028), "arm");
  EXPECT_STREQ(arch_name(0xC00000F3), "riscv64");
  EXPECT_STREQ(arch_name(1), "");
}

}  // namespace
}  // namespace spoor
