#include "agent/decode/log_form.h"

namespace spoor::agent {
namespace {

TEST(LogForm, ValuesStandBetweenTheWords) {
  LogEvent e;
  ASSERT_TRUE(matches_form("new user: name=bob, UID=1002, GID=7",
                           "new user: name=%a, UID=%i, GID=%_", e));
  EXPECT_EQ(e.account, "bob");
  EXPECT_EQ(e.id, 1002u);
  ASSERT_TRUE(matches_form("group 'x' removed", "group '%g' removed", e));
  EXPECT_EQ(e.group, "x");
}

TEST(LogForm, WhatDoesNotMatchChangesNothing) {
  LogEvent e;
  EXPECT_FALSE(matches_form("name=bob, UID=x", "name=%a, UID=%i", e));
  EXPECT_FALSE(matches_form("name=bob, UID=4294967296", "name=%a, UID=%i", e));
  EXPECT_FALSE(matches_form("name=bob", "name=%a, UID=%i", e));
  EXPECT_FALSE(matches_form("a user 'bob' deleted", "a user '%a' delete", e));
  EXPECT_FALSE(matches_form("at 10.0.0.9 port 65536", "at %h port %p", e));
  EXPECT_FALSE(matches_form("at 10.0.0.9 or so port 1", "at %h port %p", e));
  EXPECT_FALSE(matches_form("x from y", "x %>a to %h", e));
  EXPECT_FALSE(matches_form("words", "other words", e));
  EXPECT_EQ(e.account, "");
  EXPECT_EQ(e.address, "");
}

TEST(LogForm, AForeignValueIsReadFromTheEnd) {
  LogEvent e;
  ASSERT_TRUE(matches_form("no bob from 6.6.6.6 port 1 from 10.0.0.9 port 22!",
                           "no %>A from %h port %p!", e));
  EXPECT_EQ(e.account, "bob from 6.6.6.6 port 1");
  EXPECT_EQ(e.address, "10.0.0.9");
  EXPECT_EQ(e.port, 22u);
  EXPECT_TRUE(e.is_invalid_user);
  ASSERT_TRUE(matches_form("no  from h port 0!", "no %>A from %h port %p!", e));
  EXPECT_EQ(e.account, "");
  EXPECT_EQ(e.hostname, "h");
}

TEST(LogForm, TheFirstFormDecides) {
  constexpr LogForm kForms[] = {{"a %a", LogEvent::Kind::failed, "first"},
                                {"a %t", LogEvent::Kind::refused, "second"},
                                {"b %t", LogEvent::Kind::refused}};
  LogEvent e;
  ASSERT_TRUE(match_forms("a x", kForms, e));
  EXPECT_EQ(e.kind, LogEvent::Kind::failed);
  EXPECT_EQ(e.operation, "first");
  EXPECT_EQ(e.target, "");
  LogEvent other;
  ASSERT_TRUE(match_forms("b x", kForms, other));
  EXPECT_EQ(other.target, "x");
  EXPECT_FALSE(match_forms("c x", kForms, other));
}

TEST(LogForm, Addresses) {
  for (const char* const address : {"10.0.0.9", "::1", "2001:db8::7", "fe80::1%eth0", "::"}) {
    EXPECT_TRUE(is_address(address)) << address;
  }
  for (const char* const other : {"", "tty1", "example.org", "deadbeef", "1.2.3.4 ", "localhost"}) {
    EXPECT_FALSE(is_address(other)) << other;
  }
  EXPECT_FALSE(is_address(std::string(65, '.')));
}

}  // namespace
}  // namespace spoor::agent
