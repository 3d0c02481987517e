#include "collector/cli/trail_head.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <ctime>

namespace spoor::cli {
namespace {

// Lines with their groups joined by ` | `; empty ones left out.
std::string told(const v1::Session& session) {
  setenv("TZ", "UTC", 1);
  tzset();
  std::string out;
  for (const Groups& groups : head_lines(session)) {
    std::string line;
    for (const StyledText& group : groups) {
      if (!group.empty()) line += (line.empty() ? "" : " | ") + group.render(false);
    }
    if (!line.empty()) out += line + '\n';
  }
  return out;
}

v1::Session session() {
  v1::Session s;
  s.set_name("web1:6.k3f");
  s.set_host("web1");
  s.set_login_name("alice");
  s.set_opening_seen(true);
  return s;
}

TEST(TrailHead, LittleIsKnown) {
  EXPECT_EQ(told(session()), "alice@web1 | session web1:6.k3f\nstart not known | 0 commands\n");
}

TEST(TrailHead, WhoHowFromWhereWithWhichKey) {
  v1::Session s = session();
  s.set_type(v1::SessionOpened::TYPE_SSH);
  s.set_terminal("pts/0");
  s.mutable_source()->set_address("2001:db8::7");
  s.mutable_source()->set_port(4711);
  s.set_local_port(2222);
  s.set_method("publickey");
  s.set_key_type("ED25519-CERT");
  s.set_key_fingerprint("SHA256:abc");
  s.set_certificate_id("alice@corp");
  s.set_certificate_serial(42);
  s.set_certificate_authority("SHA256:ca");
  s.set_failures_before(3);
  s.add_claimed("key_type");
  s.add_claimed("key_fingerprint");
  s.add_claimed("source.port");
  EXPECT_EQ(told(s),
            "alice@web1 | session web1:6.k3f | ssh pts/0 from [2001:db8::7]:4711 to port 2222 | "
            "publickey ED25519-CERT SHA256:abc | certificate alice@corp serial 42 | signed by "
            "SHA256:ca\n"
            "after 3 failed attempts | only a log file says: key, port\n"
            "start not known | 0 commands\n");
  s.set_failures_before(0);
  s.set_keys_refused(1);
  EXPECT_NE(told(s).find("\n1 offered key refused | only a log"), std::string::npos);
  s.set_terminal("ssh");  // as sshd calls a session without one
  EXPECT_NE(told(s).find("| ssh from "), std::string::npos);
}

TEST(TrailHead, EveryState) {
  v1::Session s = session();
  s.set_started_ns(1'699'991'839'000'000'000);
  EXPECT_NE(told(s).find("→ open | 0 commands"), std::string::npos);
  s.set_ended_ns(s.started_ns() + 2'000'000'000);
  s.set_state(v1::Session::STATE_LOGGED_OUT);
  s.set_processes_left(2);
  EXPECT_NE(told(s).find("(2.0 s) | logged out, 2 processes still run"), std::string::npos);
  s.set_state(v1::Session::STATE_CLOSED);
  s.set_closed_by(v1::SessionClosed::CAUSE_LOGGED_OUT);
  EXPECT_NE(told(s).find("(2.0 s) | logged out | "), std::string::npos);
  s.set_closed_by(v1::SessionClosed::CAUSE_LAST_PROCESS);
  EXPECT_NE(told(s).find("| its last process ended | "), std::string::npos);
}

TEST(TrailHead, SumsAreToldWhereTheyAreNotZero) {
  v1::Session s = session();
  s.set_commands(1200);
  s.set_files_changed(5000);
  s.set_files_estimated(true);
  s.set_hosts_contacted(1);
  s.set_privilege_changes(2);
  s.set_privilege_refused(1);
  s.set_typed_lines(4);
  s.set_disbelieved(1);
  EXPECT_EQ(told(s),
            "alice@web1 | session web1:6.k3f\n"
            "start not known | 1,200 commands · 1 not believed\n"
            "about 5,000 files changed · 1 host contacted | 2 privilege changes · 1 refused · "
            "4 typed lines\n");
}

// What has not been told to end runs, until its session is over.
TEST(TrailHead, WhatRunsAndWhatNobodySawEnd) {
  v1::Session s = session();
  s.set_commands(9);
  s.set_commands_running(2);
  s.set_commands_end_unseen(1);
  EXPECT_NE(told(s).find("9 commands · 2 running · 1 end unseen\n"), std::string::npos) << told(s);
  s.set_closed_by(v1::SessionClosed::CAUSE_LAST_PROCESS);
  s.set_ended_ns(s.started_ns() + 1);
  s.set_state(v1::Session::STATE_CLOSED);
  EXPECT_NE(told(s).find("9 commands · 3 end unseen\n"), std::string::npos) << told(s);
}

TEST(TrailHead, SessionsItBelongsWith) {
  v1::Session s = session();
  s.set_old_session("web1:4.k3f");
  s.set_old_login_uid(0);
  s.add_logins("web1:5.k3f");
  s.add_logins("web1:7.k3f");
  s.add_user_managers("web1:8.k3f");
  EXPECT_NE(told(s).find("came out of session web1:4.k3f, uid 0 | user manager of web1:5.k3f, | "
                         "web1:7.k3f | user manager: web1:8.k3f\n"),
            std::string::npos) << told(s);
  s.clear_old_session();
  EXPECT_NE(told(s).find("was uid 0"), std::string::npos);
}

TEST(TrailHead, CredentialsInAFewColumns) {
  v1::Session s = session();
  EXPECT_EQ(credential_word(s), "");
  s.set_method("keyboard-interactive");
  EXPECT_EQ(credential_word(s), "keyboard");
  s.set_method("password\x1b");
  EXPECT_EQ(credential_word(s), "password\\x1b");
  s.set_key_fingerprint("SHA256:7KpY3hQm0vW1dZ4b2sN6xR8tE5uJ9aLcFgHiTkVoXyM");
  EXPECT_EQ(credential_word(s), "key 7KpY3hQm");
  s.set_certificate_id("a-very-long-name@example.org");
  EXPECT_EQ(credential_word(s), "cert a-very-long-name");
}

TEST(TrailHead, ALogoutWithProcessesLeftIsNoEnd) {
  v1::Session s = session();
  EXPECT_FALSE(has_ended(s));
  s.set_ended_ns(1);
  EXPECT_TRUE(has_ended(s));
  s.set_state(v1::Session::STATE_LOGGED_OUT);
  EXPECT_FALSE(has_ended(s));
}

}  // namespace
}  // namespace spoor::cli
