#include "collector/cli/event_words.h"

#include <gtest/gtest.h>

namespace spoor::cli {
namespace {

std::string told(const v1::Event& event) { return event_text(event).render(false); }

v1::Event refused(v1::Event event, const std::string& reason = "") {
  event.mutable_outcome()->set_result(v1::Outcome::RESULT_FAILURE);
  event.mutable_outcome()->set_reason(reason);
  return event;
}

TEST(EventWords, StepsOfNoInterestAreSilentUnlessTheyFail) {
  v1::Event event;
  event.mutable_authentication()->set_step("PAM:accounting");
  event.mutable_authentication()->set_service("su");
  event.mutable_authentication()->set_account("root");
  EXPECT_EQ(told(event), "");
  event.mutable_outcome()->set_result(v1::Outcome::RESULT_FAILURE);
  EXPECT_EQ(told(event), "su: authentication of root failed (PAM:accounting)");
  event.mutable_session_fact()->set_service("sshd");
  EXPECT_EQ(told(event), "sshd: failed");
  event.clear_outcome();
  EXPECT_EQ(told(event), "");
  event.mutable_session_opened();
  EXPECT_EQ(told(event), "");
  event.mutable_session_opened()->set_old_login_uid(1000);
  EXPECT_EQ(told(event), "login uid changed: it was 1000");
}

// A kind added to the schema must not come out as nothing, nor paint the terminal.
TEST(EventWords, EveryOtherKindHasALine) {
  const auto* kinds = v1::Event::descriptor()->FindOneofByName("kind");
  for (int i = 0; i < kinds->field_count(); ++i) {
    const auto* kind = kinds->field(i);
    if (kind->name() == "session_opened" || kind->name() == "session_fact") continue;
    v1::Event event;
    event.GetReflection()->MutableMessage(&event, kind);
    EXPECT_NE(told(event), "") << kind->name();
  }
  v1::Event unknown;
  ASSERT_TRUE(unknown.ParseFromString(std::string("\xa2\x38\x00", 3)));
  EXPECT_EQ(told(unknown), "an event of a kind that this program does not know (900)");
}

// Not everybody who may write a line may have it believed.
TEST(EventWords, AClaimSaysThatItIsOne) {
  v1::Event event;
  event.mutable_authentication()->set_service("sshd");
  event.mutable_authentication()->set_account("alice");
  event.mutable_outcome()->set_result(v1::Outcome::RESULT_SUCCESS);
  event.mutable_attribution()->set_confidence(v1::Attribution::CONFIDENCE_LIKELY);
  EXPECT_EQ(told(event), "sshd: authentication of alice succeeded");
  event.mutable_attribution()->set_confidence(v1::Attribution::CONFIDENCE_CLAIMED);
  EXPECT_EQ(told(event), "a log file claims: sshd: authentication of alice succeeded");
  event.mutable_origin()->set_source("audit");
  EXPECT_EQ(told(event), "a program claims: sshd: authentication of alice succeeded");
  event.mutable_session_fact();
  EXPECT_EQ(told(event), "");
}

TEST(EventWords, ADisconnectWithoutAnAccountNamesNone) {
  v1::Event event;
  event.mutable_authentication()->set_service("sshd");
  event.mutable_authentication()->set_step("disconnected");
  event.mutable_source()->set_address("127.0.0.1");
  event.mutable_source()->set_port(4711);
  EXPECT_EQ(told(event), "sshd: disconnected from 127.0.0.1:4711");
  EXPECT_EQ(told(refused(event)),
            "sshd: authentication of an unknown account failed from 127.0.0.1:4711 (disconnected)");
}

TEST(EventWords, BookkeepingOfALogIsSilentUnlessItIsNotBelieved) {
  for (const char* message :
       {"pam_unix(sshd:session): session opened for user alice(uid=1000) by (uid=0)",
        "pam_unix(su-l:session): session closed for user alice",
        "pam_env(sshd:session): deprecated reading of user environment enabled",
        "pam_tty_audit(sshd:session): changed status from 0 to 1", "User child is on pid 4711",
        "Starting session: command for alice from 127.0.0.1 port 4711 id 0",
        "Close session: user alice from 127.0.0.1 port 4711 id 0",
        "Connection from 127.0.0.1 port 4711 on 127.0.0.1 port 22 rdomain \"\"",
        "Accepted key ED25519 SHA256:abc found at /home/alice/.ssh/authorized_keys:1",
        "Postponed publickey for alice from 127.0.0.1 port 4711 ssh2 [preauth]"}) {
    v1::Event event;
    event.mutable_log_message()->set_program("sshd");
    event.mutable_log_message()->set_message(message);
    EXPECT_EQ(told(event), "") << message;
    event.mutable_log_message()->set_message(std::string("error: ") + message);
    EXPECT_NE(told(event), "") << message;
    event.mutable_log_message()->set_message(message);
    event.mutable_log_message()->set_disbelieved(true);
    EXPECT_EQ(told(event).find("not believed: a log line: sshd: "), 0U) << message;
  }
  v1::Event failed;
  failed.mutable_log_message()->set_message("pam_unix(sshd:auth): authentication failure; x=1");
  EXPECT_NE(told(failed), "");
}

TEST(EventWords, TypedInputSaysFromWhereOnItIsRecorded) {
  v1::Event event;
  v1::AuditConfigChange& change = *event.mutable_audit_config_change();
  change.set_operation("tty_set");
  EXPECT_EQ(told(event), "audit configuration: tty_set");
  change.set_setting("enabled");
  change.set_old_value("0");
  change.set_new_value("1");
  EXPECT_EQ(told(event), "typed input is recorded from here on");
  change.set_new_value("0");
  EXPECT_EQ(told(event), "typed input is not recorded any more");
  change.set_setting("log_passwd");
  change.set_new_value("1");
  EXPECT_EQ(told(event), "typed passwords are recorded from here on");
}

TEST(EventWords, ADecisionEndsWithoutABlank) {
  v1::Event event;
  event.mutable_security_decision()->set_module("anomaly");
  event.mutable_security_decision()->set_operation("abend");
  EXPECT_EQ(told(event), "anomaly reported abend");
  event.mutable_security_decision()->set_signal(11);
  EXPECT_EQ(told(event), "anomaly reported abend (SIGSEGV)");
  event.mutable_security_decision()->set_module("apparmor");
  event.mutable_security_decision()->set_denied(true);
  event.mutable_security_decision()->set_operation("open");
  event.mutable_security_decision()->set_object("/etc/shadow");
  event.mutable_security_decision()->clear_signal();
  EXPECT_EQ(told(event), "apparmor denied open /etc/shadow");
}

TEST(EventWords, AnAuthenticationNamesItsKey) {
  v1::Event event;
  v1::Authentication& auth = *event.mutable_authentication();
  auth.set_service("sshd");
  auth.set_account("alice");
  auth.set_method("publickey");
  auth.set_key_type("ED25519-CERT");
  auth.set_key_fingerprint("SHA256:abc");
  auth.set_certificate_id("alice@corp");
  auth.set_certificate_serial(7);
  EXPECT_EQ(told(refused(event, "not allowed")),
            "sshd: authentication of alice failed with ED25519-CERT SHA256:abc, certificate "
            "alice@corp serial 7 (publickey, not allowed)");
  // One that neither failed nor succeeded: a disconnect.
  EXPECT_EQ(told(event).find("succeeded"), std::string::npos);
  auth.set_step("disconnected");
  EXPECT_EQ(told(event).find("sshd: disconnected: alice with ED25519-CERT"), 0U);
  auth.Clear();
  auth.set_account("root");
  auth.set_by_account("bob\n");
  EXPECT_EQ(told(event), "authentication of root by bob\\n");
}

TEST(EventWords, PrivilegeSaysFromToByAndOnWhoseAuthority) {
  v1::Event event;
  event.mutable_actor()->set_login_uid(1000);
  event.mutable_actor()->set_login_name("alice");
  v1::PrivilegeChange& change = *event.mutable_privilege_change();
  change.set_by("sudo");
  change.set_from_uid(1000);
  change.set_to_uid(0);
  change.set_command("id -u");
  EXPECT_EQ(told(event), "sudo alice → root: id -u");
  EXPECT_EQ(told(refused(event, "user NOT in sudoers")),
            "sudo refused alice → root: id -u (user NOT in sudoers)");
  EXPECT_NE(event_text(event).render(true), event_text(refused(event)).render(true));
  change.set_authority("bob");
  EXPECT_EQ(told(event), "sudo alice → root on the authority of bob: id -u");
  change.Clear();
  change.set_by("sudo");
  change.set_command("cat /etc/shadow");  // a refusal that only a log line told
  EXPECT_EQ(told(refused(event)), "sudo refused somebody: cat /etc/shadow");
  change.set_authority("alice");
  EXPECT_EQ(told(refused(event)), "sudo refused alice: cat /etc/shadow");
  change.Clear();
  change.set_by("setuid");
  change.set_from_uid(33);  // not the one who logged in
  change.set_to_uid(0);
  change.set_program("/usr/bin/pass wd");
  EXPECT_EQ(told(event), "setuid uid 33 → root: '/usr/bin/pass wd'");
  change.set_by("set-group-id");
  change.set_to_uid(33);
  change.set_to_gid(43);
  EXPECT_EQ(told(event), "set-group-id uid 33 gained group 43: '/usr/bin/pass wd'");
  change.set_by("capability");
  change.set_capabilities(0x2000);
  EXPECT_EQ(told(event), "capability uid 33 gained capabilities 0x2000: '/usr/bin/pass wd'");
}

TEST(EventWords, WhatIsNotBelievedSaysWhoWroteIt) {
  v1::Event event;
  v1::DisbelievedRecord& record = *event.mutable_disbelieved_record();
  record.set_record_type("USER_LOGIN");
  record.set_account("root\x1b");
  record.set_exe("/tmp/evil");
  record.set_pid(77);
  record.set_claimed_exe("/usr/sbin/sshd");
  record.set_reason("another program");
  EXPECT_EQ(told(event), "not believed: USER_LOGIN of root\\x1b, written by /tmp/evil (pid 77) as "
                         "/usr/sbin/sshd: another program");
  v1::LogMessage& log = *event.mutable_log_message();
  log.set_program("sshd");
  log.set_pid(77);
  log.set_message("Accepted password for root");
  EXPECT_EQ(told(event), "sshd[77]: Accepted password for root");
  log.set_disbelieved(true);
  log.set_exe("/usr/bin/logger");
  EXPECT_EQ(told(event), "not believed: a log line, written by /usr/bin/logger: sshd[77]: Accepted "
                         "password for root");
}

TEST(EventWords, ALoginUidThatIsGivenUpSaysWhatThatHides) {
  v1::Event event;
  event.mutable_authentication()->set_step("unset-login-uid");
  event.mutable_authentication()->set_pid(4711);
  EXPECT_EQ(told(event), "login uid given up by process 4711: what it does from here on is told "
                         "only with rules.unattended");
}

TEST(EventWords, AChangedLoginUidNamesTheOldSession) {
  v1::Event event;
  event.mutable_session_opened()->set_old_login_uid(1000);
  event.mutable_session_opened()->set_old_ses(6);
  EXPECT_EQ(told(event), "login uid changed: it was 1000, in session 6");
}

}  // namespace
}  // namespace spoor::cli
