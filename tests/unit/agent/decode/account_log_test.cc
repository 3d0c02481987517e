#include "agent/decode/account_log.h"

#include "tests/support/log_event_words.h"

namespace spoor::agent {
namespace {

std::string read(std::string_view message) {
  LogEvent e;
  decode_account_log(message, e);
  return words_of(e);
}

TEST(AccountLog, Users) {
  EXPECT_EQ(read("new user: name=bob, UID=1002, GID=1002, home=/home/bob, shell=/bin/sh, "
                 "from=/dev/pts/1"),
            "account_changed account=[bob] op=[add-user] id=1002");
  EXPECT_EQ(read("new user: name=bob, UID=1002, GID=1002, home=/home/bob, shell=/bin/bash"),
            "account_changed account=[bob] op=[add-user] id=1002");
  EXPECT_EQ(read("delete user 'bob'"), "account_changed account=[bob] op=[delete-user]");
  EXPECT_EQ(read("change user name 'bob' to 'rob'"),
            "account_changed account=[bob] to=[rob] op=[rename-user]");
  EXPECT_EQ(read("change user 'bob' UID from '1002' to '0'"),
            "account_changed account=[bob] op=[change-uid] id=0");
  EXPECT_EQ(read("change user 'bob' GID from '1002' to '4'"),
            "account_changed account=[bob] op=[change-gid] id=4");
  for (const std::string what : {"home", "shell", "inactive", "expiration"}) {
    EXPECT_EQ(read("change user 'bob' " + what + " from '' to 'x y'"),
              "account_changed account=[bob] op=[change-" + what + "]");
  }
  EXPECT_EQ(read("lock user 'bob' password"), "account_changed account=[bob] op=[lock-password]");
  EXPECT_EQ(read("unlock user 'bob' password"),
            "account_changed account=[bob] op=[unlock-password]");
  EXPECT_EQ(read("changed password expiry for bob"),
            "account_changed account=[bob] op=[change-expiry]");
  EXPECT_EQ(read("changed user 'bob' shell to '/bin/sh'"),
            "account_changed account=[bob] op=[change-shell]");
  EXPECT_EQ(read("changed user 'bob' information"),
            "account_changed account=[bob] op=[change-information]");
}

TEST(AccountLog, Passwords) {
  EXPECT_EQ(read("change user 'bob' password"),
            "password_changed account=[bob] op=[change-password]");
  EXPECT_EQ(read("password for 'bob' changed by 'root'"),
            "password_changed account=[bob] by=[root] op=[change-password]");
}

TEST(AccountLog, Groups) {
  EXPECT_EQ(read("new group: name=dev, GID=1003"),
            "account_changed group=[dev] op=[add-group] id=1003");
  EXPECT_EQ(read("group added to /etc/group: name=dev, GID=1003"),
            "account_changed group=[dev] op=[add-group] id=1003");
  EXPECT_EQ(read("group added to /etc/gshadow: name=dev"),
            "account_changed group=[dev] op=[add-group]");
  EXPECT_EQ(read("group 'dev' removed from /etc/group"),
            "account_changed group=[dev] op=[delete-group]");
  EXPECT_EQ(read("group 'dev' removed"), "account_changed group=[dev] op=[delete-group]");
  EXPECT_EQ(read("removed group 'bob' owned by 'bob'"),
            "account_changed account=[bob] group=[bob] op=[delete-group]");
  EXPECT_EQ(read("group changed in /etc/group (group dev/1003, new name: ops)"),
            "account_changed group=[dev] op=[change-group] id=1003");
  EXPECT_EQ(read("group changed in /etc/gshadow (group dev, new name: ops)"),
            "account_changed group=[dev] op=[change-group]");
}

TEST(AccountLog, Members) {
  EXPECT_EQ(read("add 'bob' to group 'adm'"),
            "account_changed account=[bob] group=[adm] op=[add-user-to-group]");
  EXPECT_EQ(read("add 'bob' to shadow group 'adm'"),
            "account_changed account=[bob] group=[adm] op=[add-user-to-group]");
  EXPECT_EQ(read("delete 'bob' from group 'adm'"),
            "account_changed account=[bob] group=[adm] op=[delete-user-from-group]");
  EXPECT_EQ(read("user bob added by root to group adm"),
            "account_changed account=[bob] by=[root] group=[adm] op=[add-user-to-group]");
  EXPECT_EQ(read("user bob added by root to group adm in /etc/gshadow"),
            "account_changed account=[bob] by=[root] group=[adm] op=[add-user-to-group]");
  EXPECT_EQ(read("user bob removed by root from group adm"),
            "account_changed account=[bob] by=[root] group=[adm] op=[delete-user-from-group]");
  EXPECT_EQ(read("members of group adm set by root to bob,eve"),
            "account_changed by=[root] group=[adm] op=[change-group-members]");
  EXPECT_EQ(read("password of group adm removed by root in /etc/gshadow"),
            "account_changed by=[root] group=[adm] op=[delete-group-password]");
}

TEST(AccountLog, OtherLines) {
  EXPECT_EQ(read("failed adding user 'bob', exit code: 9"), "other");
  EXPECT_EQ(read("new user: name=bob, UID=x, GID=1"), "other");
  EXPECT_EQ(read(""), "other");
}

}  // namespace
}  // namespace spoor::agent
