#include "agent/decode/tables.h"

namespace spoor::agent {
namespace {

TEST(Tables, RecordTypesBothWays) {
  for (const auto& [name, number] : {std::pair<std::string, uint16_t>{"SYSCALL", 1300},
                                     {"EXECVE", 1309}, {"USER_CMD", 1123}, {"LOGIN", 1006},
                                     {"EOE", 1320}, {"UNKNOWN[1399]", 1399}}) {
    EXPECT_EQ(record_type_number(name), number);
    EXPECT_EQ(record_type_name(number), name);
  }
}

TEST(Tables, NonsenseIsUnknown) {
  for (const char* name : {"", "NOPE", "UNKNOWN[", "UNKNOWN[]", "UNKNOWN[65536]", "UNKNOWN[-1]",
                           "UNKNOWN[12x]", "syscall\n"}) {
    EXPECT_FALSE(record_type_number(name)) << name;
  }
}

TEST(Tables, Syscalls) {
  EXPECT_STREQ(syscall_name(0xC000003E, 59), "execve");
  EXPECT_STREQ(syscall_name(0x40000003, 11), "execve");
  EXPECT_STREQ(syscall_name(0xC00000B7, 221), "execve");
  EXPECT_STREQ(syscall_name(0xC000003E, 0xFFFFFFFF), "");
  EXPECT_STREQ(syscall_name(0xC000003E, 99999), "");
  EXPECT_STREQ(syscall_name(0xDEADBEEF, 1), "");
}

}  // namespace
}  // namespace spoor::agent
