#include "agent/source/rule_fields.h"

#include <gtest/gtest.h>
#include <libaudit.h>

namespace spoor::agent {
namespace {

const RuleMachine kHere = RuleMachine::of(MACH_86_64);
const Accounts kAccounts{{{0, "root"}, {1000, "alice"}}, {{4, "adm"}}};

// The field as encoded, or the problem.
Result<RuleField> encode(const std::string& pair, uint32_t list = AUDIT_FILTER_EXIT) {
  static RuleBuilder rule;  // what the view in the answer points into
  rule = RuleBuilder();
  rule.set_list(list, false);
  RETURN_IF_ERROR(add_field(pair, kAccounts, kHere, rule));
  return fields_of(rule.data()).at(0);
}

void expect(const std::string& pair, uint32_t field, uint32_t op, uint32_t value,
            uint32_t list = AUDIT_FILTER_EXIT) {
  const auto got = encode(pair, list);
  ASSERT_TRUE(got.is_ok()) << pair << ": " << got.status().message();
  EXPECT_EQ(got->field, field) << pair;
  EXPECT_EQ(got->op, op) << pair;
  EXPECT_EQ(got->value, value) << pair;
}

void expect_refused(const std::string& pair, const std::string& words,
                    uint32_t list = AUDIT_FILTER_EXIT) {
  const auto got = encode(pair, list);
  ASSERT_FALSE(got.is_ok()) << pair;
  EXPECT_EQ(got.code(), Code::invalid) << pair;
  EXPECT_NE(got.status().message().find(words), std::string::npos)
      << pair << ": " << got.status().message();
}

TEST(RuleFieldsTest, EveryOperator) {
  expect("a0=1", AUDIT_ARG0, AUDIT_EQUAL, 1);
  expect("a1!=1", AUDIT_ARG1, AUDIT_NOT_EQUAL, 1);
  expect("a2<1", AUDIT_ARG2, AUDIT_LESS_THAN, 1);
  expect("a3>1", AUDIT_ARG3, AUDIT_GREATER_THAN, 1);
  expect("a0<=1", AUDIT_ARG0, AUDIT_LESS_THAN_OR_EQUAL, 1);
  expect("a0>=1", AUDIT_ARG0, AUDIT_GREATER_THAN_OR_EQUAL, 1);
  expect("a0&1", AUDIT_ARG0, AUDIT_BIT_MASK, 1);
  expect("a0&=1", AUDIT_ARG0, AUDIT_BIT_TEST, 1);
  for (const char* pair : {"a0", "=1", "a0=", "", "a0!1", "a0 = 1", "&"}) {
    const auto got = encode(pair);
    EXPECT_FALSE(got.is_ok()) << pair;
  }
}

TEST(RuleFieldsTest, NumbersAsInC) {
  expect("a0=0x10", AUDIT_ARG0, AUDIT_EQUAL, 16);
  expect("a0=010", AUDIT_ARG0, AUDIT_EQUAL, 8);
  expect("a0=0", AUDIT_ARG0, AUDIT_EQUAL, 0);
  expect("a0=-1", AUDIT_ARG0, AUDIT_EQUAL, 0xFFFFFFFF);
  expect("a0=4294967295", AUDIT_ARG0, AUDIT_EQUAL, 0xFFFFFFFF);
  expect("a0=-2147483648", AUDIT_ARG0, AUDIT_EQUAL, 0x80000000);
  for (const char* value : {"4294967296", "-2147483649", "1x", "0x", "09", "--1", "-", "x"}) {
    expect_refused("a0=" + std::string(value), "wants a number");
  }
  expect_refused("pid=-1", "wants a number");
}

TEST(RuleFieldsTest, AccountsByNameAndNumber) {
  expect("uid=root", AUDIT_UID, AUDIT_EQUAL, 0);
  expect("auid!=unset", AUDIT_LOGINUID, AUDIT_NOT_EQUAL, 0xFFFFFFFF);
  expect("auid!=-1", AUDIT_LOGINUID, AUDIT_NOT_EQUAL, 0xFFFFFFFF);
  expect("auid>=1000", AUDIT_LOGINUID, AUDIT_GREATER_THAN_OR_EQUAL, 1000);
  expect("obj_uid=alice", AUDIT_OBJ_UID, AUDIT_EQUAL, 1000);
  expect("fsgid=adm", AUDIT_FSGID, AUDIT_EQUAL, 4);
  expect_refused("uid=adm", "no user adm");
  expect_refused("gid=alice", "no group alice");
  expect_refused("gid=unset", "no group unset");
  expect_refused("uid=-2", "no user -2");
  expect_refused("auid&1000", "no bits");
}

TEST(RuleFieldsTest, ExitCodesByName) {
  expect("exit=-EACCES", AUDIT_EXIT, AUDIT_EQUAL, static_cast<uint32_t>(-13));
  expect("exit!=-1", AUDIT_EXIT, AUDIT_NOT_EQUAL, 0xFFFFFFFF);
  expect("exit=7", AUDIT_EXIT, AUDIT_EQUAL, 7);
  expect("success=0", AUDIT_SUCCESS, AUDIT_EQUAL, 0);
  expect_refused("exit=EACCES", "exit=-EACCES");
  expect_refused("exit=-ENOTHING", "wants a number");
  expect_refused("success=yes", "it failed");
  expect_refused("success=2", "it failed");
}

TEST(RuleFieldsTest, NamesOfTables) {
  expect("filetype=dir", AUDIT_FILETYPE, AUDIT_EQUAL, 0040000);
  expect("msgtype=CWD", AUDIT_MSGTYPE, AUDIT_EQUAL, 1307, AUDIT_FILTER_EXCLUDE);
  expect("msgtype>=1300", AUDIT_MSGTYPE, AUDIT_GREATER_THAN_OR_EQUAL, 1300, AUDIT_FILTER_USER);
  expect("fstype=tracefs", AUDIT_FSTYPE, AUDIT_EQUAL, 0x74726163, AUDIT_FILTER_FS);
  expect("perm=wa", AUDIT_PERM, AUDIT_EQUAL, AUDIT_PERM_WRITE | AUDIT_PERM_ATTR);
  expect("saddr_fam=10", AUDIT_SADDR_FAM, AUDIT_EQUAL, 10);
  expect("sessionid!=unset", AUDIT_SESSIONID, AUDIT_NOT_EQUAL, 0xFFFFFFFF);
  expect("arch=b64", AUDIT_ARCH, AUDIT_EQUAL, AUDIT_ARCH_X86_64);
  expect("arch!=b32", AUDIT_ARCH, AUDIT_NOT_EQUAL, AUDIT_ARCH_I386);
  expect_refused("filetype=door", "fifo");
  expect_refused("msgtype=NOPE", "record type", AUDIT_FILTER_EXCLUDE);
  expect_refused("fstype=nofs", "tracefs", AUDIT_FILTER_FS);
  expect_refused("perm=q", "r, w, x and a");
  expect_refused("saddr_fam=999", "address family");
  expect_refused("arch=pdp11", "b64, b32");
  for (const char* elsewhere : {"arch=aarch64", "arch=armv7l", "arch=c00000b7"}) {
    EXPECT_EQ(encode(elsewhere).code(), Code::unavailable) << elsewhere;
  }
}

TEST(RuleFieldsTest, TextsAreKeptAsTheyAre) {
  for (const char* name : {"subj_user", "subj_role", "subj_type", "subj_sen", "subj_clr",
                           "obj_user", "obj_role", "obj_type", "obj_lev_low", "obj_lev_high"}) {
    const auto got = encode(std::string(name) + "=s0-s0:c0.c1023");
    ASSERT_TRUE(got.is_ok()) << name << got.status().message();
    EXPECT_EQ(got->text, "s0-s0:c0.c1023") << name;
  }
  EXPECT_EQ(encode("dir=/etc/")->text, "/etc/");
  EXPECT_EQ(encode("exe!=/usr/bin/ls")->text, "/usr/bin/ls");
  expect_refused("subj_type>x", "= and !=");
}

TEST(RuleFieldsTest, PathsThatTheKernelCannotWatch) {
  expect_refused("path=etc/passwd", "begin with /");
  expect_refused("path=/etc/", "names a file");
  expect_refused("exe=/usr/bin/", "names a file");
  expect_refused("dir=/", "all of /");
  expect_refused("dir=/etc/*", "no wildcards");
  expect_refused("dir=/etc/../root", "..");
  expect_refused("dir=/etc/..", "..");
  expect_refused("path=/" + std::string(4096, 'x'), "4096");
  expect_refused("path!=/etc/passwd", "only be compared with =");
  EXPECT_TRUE(encode("path=/" + std::string(4094, 'x')).is_ok());
  EXPECT_TRUE(encode("path=/etc/..x").is_ok());
}

TEST(RuleFieldsTest, FieldsBelongToLists) {
  expect_refused("msgtype=CWD", "exclude or user");
  expect_refused("fstype=tracefs", "filesystem");
  expect_refused("uid=0", "fstype only", AUDIT_FILTER_FS);
  expect_refused("path=/x", "exclude takes", AUDIT_FILTER_EXCLUDE);
  expect_refused("path=/x", "exit or io_uring", AUDIT_FILTER_USER);
  expect_refused("exe=/x", "exit, user or exclude", AUDIT_FILTER_TASK);
  expect_refused("success=1", "exit", AUDIT_FILTER_TASK);
  expect_refused("perm=w", "exit", AUDIT_FILTER_URING_EXIT);
  EXPECT_TRUE(encode("exit=-EPERM", AUDIT_FILTER_URING_EXIT).is_ok());
  EXPECT_TRUE(encode("auid=1", AUDIT_FILTER_EXCLUDE).is_ok());
  expect_refused("nonsense=1", "no field nonsense");
  expect_refused("field_compare=1", "");
}

TEST(RuleFieldsTest, OncePerRule) {
  RuleBuilder rule;
  rule.set_list(AUDIT_FILTER_EXIT, false);
  ASSERT_TRUE(add_field("path=/etc/passwd", kAccounts, kHere, rule).is_ok());
  EXPECT_FALSE(add_field("dir=/etc", kAccounts, kHere, rule).is_ok());
  EXPECT_FALSE(add_field("inode=5", kAccounts, kHere, rule).is_ok());
  ASSERT_TRUE(add_field("arch=b64", kAccounts, kHere, rule).is_ok());
  EXPECT_FALSE(add_field("arch=b32", kAccounts, kHere, rule).is_ok());
  ASSERT_TRUE(add_field("uid!=0", kAccounts, kHere, rule).is_ok());
  EXPECT_TRUE(add_field("uid!=1", kAccounts, kHere, rule).is_ok());
}

TEST(RuleFieldsTest, ArchComesBeforeItsCalls) {
  RuleBuilder rule;
  rule.set_list(AUDIT_FILTER_EXIT, false);
  ASSERT_TRUE(rule.add_syscall(2));
  EXPECT_FALSE(add_field("arch=b64", kAccounts, kHere, rule).is_ok());
}

TEST(RuleFieldsTest, EveryComparisonInBothDirections) {
  uint32_t known = 0;
  for (uint32_t value = 0; value < 40; ++value) {
    const auto names = names_of_comparison(value);
    if (!names) continue;
    ++known;
    for (const auto& [one, other] : {*names, std::pair(names->second, names->first)}) {
      RuleBuilder rule;
      rule.set_list(AUDIT_FILTER_EXIT, false);
      const std::string pair = std::string(one) + "!=" + std::string(other);
      ASSERT_TRUE(add_comparison(pair, rule).is_ok()) << pair;
      EXPECT_EQ(fields_of(rule.data())[0].field, static_cast<uint32_t>(AUDIT_FIELD_COMPARE));
      EXPECT_EQ(fields_of(rule.data())[0].value, value) << pair;
      EXPECT_EQ(fields_of(rule.data())[0].op, static_cast<uint32_t>(AUDIT_NOT_EQUAL));
    }
  }
  EXPECT_EQ(known, static_cast<uint32_t>(AUDIT_MAX_FIELD_COMPARE));
  RuleBuilder rule;
  rule.set_list(AUDIT_FILTER_EXIT, false);
  for (const char* pair : {"auid!=gid", "auid>uid", "auid", "obj_uid=obj_uid", "pid=uid"}) {
    EXPECT_FALSE(add_comparison(pair, rule).is_ok()) << pair;
  }
  rule.set_list(AUDIT_FILTER_USER, false);
  EXPECT_FALSE(add_comparison("auid!=uid", rule).is_ok());
}

TEST(RuleFieldsTest, AccountsOfThisHost) {
  const Accounts accounts = read_accounts();
  EXPECT_EQ(accounts.users.at(0), "root");
  EXPECT_EQ(accounts.groups.at(0), "root");
}

}  // namespace
}  // namespace spoor::agent
