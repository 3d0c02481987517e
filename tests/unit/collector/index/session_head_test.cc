#include "collector/index/session_head.h"

#include <gmock/gmock.h>

#include <algorithm>

#include "collector/limits.h"
#include "tests/unit/collector/index/event_samples.h"

namespace spoor::collector {
namespace {

using testing::ElementsAre;

class SessionHeadTest : public testing::Test {
 protected:
  void add(v1::Event e, v1::Attribution::Confidence confidence = {}) {
    if (confidence != 0) e.mutable_attribution()->set_confidence(confidence);
    events_.push_back(make_.index(std::move(e)));
  }
  v1::Event fact(const std::string& method, const std::string& fingerprint = "") {
    v1::Event e = make_.event(1);
    e.mutable_session_fact()->set_method(method);
    e.mutable_session_fact()->set_key_fingerprint(fingerprint);
    return e;
  }
  v1::Event closed(v1::SessionClosed::Cause cause, uint32_t left = 0) {
    v1::Event e = make_.closed(1);
    e.mutable_session_closed()->set_cause(cause);
    e.mutable_session_closed()->set_processes_left(left);
    return e;
  }
  EventMaker make_;
  std::vector<IndexedEvent> events_;
};

TEST_F(SessionHeadTest, AClaimNeverTakesTheTruthsPlace) {
  v1::Event forged = fact("password", "SHA256:forged");
  forged.mutable_source()->set_address("198.51.100.66");
  forged.mutable_session_fact()->set_type(v1::SessionOpened::TYPE_CRON);
  forged.mutable_session_fact()->set_certificate_id("root@corp");
  for (const auto truth : {v1::Attribution::CONFIDENCE_UNSPECIFIED,
                           v1::Attribution::CONFIDENCE_LIKELY,
                           v1::Attribution::CONFIDENCE_CERTAIN}) {
    for (const bool claim_first : {true, false}) {
      events_.clear();
      v1::Event real = fact("publickey", "SHA256:real");
      real.mutable_source()->set_address("203.0.113.9");
      real.mutable_session_fact()->set_type(v1::SessionOpened::TYPE_SSH);
      if (claim_first) add(forged, v1::Attribution::CONFIDENCE_CLAIMED);
      add(real, truth);
      if (!claim_first) add(forged, v1::Attribution::CONFIDENCE_CLAIMED);
      const SessionHead head = head_of(events_);
      EXPECT_EQ(head.method, "publickey");
      EXPECT_EQ(head.key_fingerprint, "SHA256:real");
      EXPECT_EQ(head.source.address(), "203.0.113.9");
      EXPECT_EQ(head.type, v1::SessionOpened::TYPE_SSH);
      // What nothing else told stands, and says whose word it is.
      EXPECT_EQ(head.certificate_id, "root@corp");
      EXPECT_THAT(head.claimed, ElementsAre("certificate_id"));
    }
  }
}

TEST_F(SessionHeadTest, AClaimOpensAndClosesNothing) {
  v1::Event opened = make_.event(1);
  opened.mutable_session_opened()->set_type(v1::SessionOpened::TYPE_SSH);
  add(opened, v1::Attribution::CONFIDENCE_CLAIMED);
  add(closed(v1::SessionClosed::CAUSE_LOGGED_OUT), v1::Attribution::CONFIDENCE_CLAIMED);
  const SessionHead head = head_of(events_);
  EXPECT_FALSE(head.opening_seen);
  EXPECT_EQ(head.state, SessionHead::State::open);
  EXPECT_EQ(head.ended_ns, 0);
}

TEST_F(SessionHeadTest, WhoIsLeftMayNotBeKnown) {
  v1::Event e = closed(v1::SessionClosed::CAUSE_LOGGED_OUT);
  e.mutable_session_closed()->clear_processes_left();
  add(e);
  EXPECT_EQ(head_of(events_).state, SessionHead::State::logged_out);
  EXPECT_FALSE(head_of(events_).processes_left);
}

TEST_F(SessionHeadTest, ABootEndsEverySessionBeforeIt) {
  add(make_.event(1));
  SessionRow row;
  row.last_ns = kBase + 5;
  EXPECT_EQ(head_of(row, events_).state, SessionHead::State::open);
  row.boot_over = true;
  const SessionHead head = head_of(row, events_);
  EXPECT_EQ(head.state, SessionHead::State::closed);
  EXPECT_EQ(head.closed_by, v1::SessionClosed::CAUSE_REBOOT);
  EXPECT_EQ(head.ended_ns, kBase + 5);
  add(closed(v1::SessionClosed::CAUSE_LOGGED_OUT));
  EXPECT_EQ(head_of(row, events_).closed_by, v1::SessionClosed::CAUSE_LOGGED_OUT);
}

TEST_F(SessionHeadTest, LoggedOutIsAStateUntilTheLastProcessHasEnded) {
  EXPECT_EQ(head_of(events_).state, SessionHead::State::open);
  add(closed(v1::SessionClosed::CAUSE_LOGGED_OUT, 3));
  EXPECT_EQ(head_of(events_).state, SessionHead::State::logged_out);
  EXPECT_EQ(head_of(events_).processes_left, 3u);
  const int64_t logged_out_ns = head_of(events_).ended_ns;
  EXPECT_NE(logged_out_ns, 0);
  add(closed(v1::SessionClosed::CAUSE_LAST_PROCESS));
  const SessionHead head = head_of(events_);
  EXPECT_EQ(head.state, SessionHead::State::closed);
  EXPECT_EQ(head.closed_by, v1::SessionClosed::CAUSE_LAST_PROCESS);
  EXPECT_FALSE(head.processes_left);
  EXPECT_GT(head.ended_ns, logged_out_ns);
  // The other way round, as two sources may be read, it is as closed.
  std::reverse(events_.begin(), events_.end());
  EXPECT_EQ(head_of(events_).state, SessionHead::State::closed);
  events_.clear();
  add(closed(v1::SessionClosed::CAUSE_LOGGED_OUT));
  EXPECT_EQ(head_of(events_).state, SessionHead::State::closed);
}

TEST_F(SessionHeadTest, EverythingThatIsKnownOfTheKey) {
  v1::Event e = fact("certificate", "SHA256:abc");
  v1::SessionFact& said = *e.mutable_session_fact();
  said.set_key_type("ED25519-CERT");
  said.set_certificate_id("alice@corp");
  said.set_certificate_serial(42);
  said.set_certificate_authority("SHA256:ca");
  said.set_failures_before(3);
  said.set_keys_refused(4);
  add(e, v1::Attribution::CONFIDENCE_LIKELY);
  v1::Event again = fact("", "");
  again.mutable_session_fact()->set_failures_before(1);
  add(again);
  const SessionHead head = head_of(events_);
  EXPECT_EQ(head.method + head.key_type + head.key_fingerprint + head.certificate_id +
                head.certificate_authority,
            "certificateED25519-CERTSHA256:abcalice@corpSHA256:ca");
  EXPECT_EQ(head.certificate_serial, 42u);
  EXPECT_EQ(head.failures_before, 3u);
  EXPECT_EQ(head.keys_refused, 4u);
  EXPECT_TRUE(head.claimed.empty());
}

TEST_F(SessionHeadTest, ATerminalIsBetterThanAServicesName) {
  v1::Event login = make_.event(1);
  login.mutable_source()->set_terminal("ssh");
  add(login);
  EXPECT_EQ(head_of(events_).terminal, "ssh");
  add(login);
  v1::Event command = make_.started(1, 10);
  command.mutable_command_started()->set_terminal("pts0");
  add(command);
  command.mutable_command_started()->set_terminal("pts1");
  add(command);
  add(login);
  EXPECT_EQ(head_of(events_).terminal, "pts0");
}

// The forger's own session is where its records stand: what they say is not about it.
TEST_F(SessionHeadTest, WhatIsNotBelievedFeedsNothing) {
  v1::Event opened = make_.event(1);
  opened.mutable_session_opened();
  add(opened);
  v1::Event forged = make_.event(1);
  forged.mutable_disbelieved_record()->set_record_type("USER_LOGIN");
  forged.mutable_source()->set_address("203.0.113.66");
  forged.mutable_source()->set_terminal("pts/9");
  v1::Event line = make_.event(1);
  line.mutable_log_message()->set_disbelieved(true);
  line.mutable_source()->set_address("203.0.113.66");
  for (const auto confidence : {v1::Attribution::CONFIDENCE_CLAIMED,
                                v1::Attribution::CONFIDENCE_UNSPECIFIED}) {
    add(forged, confidence);
    add(line, confidence);
  }
  const SessionHead head = head_of(events_);
  EXPECT_EQ(head.source.address(), "");
  EXPECT_EQ(head.terminal, "");
  EXPECT_TRUE(head.claimed.empty());
}

// Any program may authenticate somebody from somewhere: that is not from where its session came.
TEST_F(SessionHeadTest, AnAuthenticationWithinASessionIsNotItsLogin) {
  v1::Event opened = make_.event(1);
  opened.mutable_session_opened();
  add(opened);
  v1::Event other = make_.event(1);
  other.mutable_authentication()->set_service("ftpd");
  other.mutable_source()->set_address("203.0.113.66");
  other.mutable_source()->set_port(7);
  other.mutable_source()->set_terminal("ftp");
  add(other);
  EXPECT_EQ(head_of(events_).source.address(), "");
  EXPECT_EQ(head_of(events_).terminal, "");
  v1::Event login = fact("password");
  login.mutable_source()->set_address("198.51.100.7");
  add(login);
  EXPECT_EQ(head_of(events_).source.address(), "198.51.100.7");
  EXPECT_EQ(head_of(events_).source.port(), 0U);
}

// A session that came without a terminal does not get one when tmux makes one in it.
TEST_F(SessionHeadTest, ATerminalMadeInTheSessionIsNotItsOwn) {
  v1::Event login = make_.event(1);
  login.mutable_source()->set_terminal("ssh");
  add(login);
  v1::Event command = make_.event(1);
  command.mutable_command_started()->set_depth(2);
  command.mutable_command_started()->set_terminal("pts/7");
  add(command);
  EXPECT_EQ(head_of(events_).terminal, "ssh");
}

TEST_F(SessionHeadTest, APortIsLearntWhereTheAddressWasKnownBefore) {
  v1::Event pam = make_.event(1), sshd = make_.event(2), other = make_.event(3);
  pam.mutable_source()->set_address("10.0.0.9");
  other.mutable_source()->set_address("10.0.0.1");
  other.mutable_source()->set_port(1);
  sshd.mutable_source()->set_address("10.0.0.9");
  sshd.mutable_source()->set_port(4711);
  add(pam);
  add(other);
  add(sshd, v1::Attribution::CONFIDENCE_CLAIMED);
  EXPECT_EQ(head_of(events_).source.port(), 4711u);
  EXPECT_THAT(head_of(events_).claimed, ElementsAre("source.port"));
  sshd.mutable_source()->set_port(4712);
  add(sshd, v1::Attribution::CONFIDENCE_LIKELY);
  EXPECT_EQ(head_of(events_).source.port(), 4712u);
  EXPECT_TRUE(head_of(events_).claimed.empty());
}

TEST_F(SessionHeadTest, OldSessionAndLoginsOfTheUser) {
  v1::Event opened = make_.event(1);
  opened.mutable_session_opened()->set_old_ses(4);
  opened.mutable_session_opened()->set_old_login_uid(0);
  opened.mutable_session_opened()->set_local_port(2222);
  add(opened);
  v1::Event logins = make_.event(1);
  for (const uint32_t ses : {9u, 3u, 9u}) logins.mutable_session_fact()->add_logins_of_user(ses);
  add(logins);
  const SessionHead head = head_of(events_);
  EXPECT_EQ(head.old_ses, 4u);
  EXPECT_EQ(head.old_login_uid, 0u);
  EXPECT_EQ(head.local_port, 2222u);
  EXPECT_THAT(head.logins_of_user, ElementsAre(3, 9));
  v1::Event many = make_.event(1);
  for (uint32_t ses = 1; ses < 10'000; ++ses) many.mutable_session_fact()->add_logins_of_user(ses);
  add(many);
  EXPECT_EQ(head_of(events_).logins_of_user.size(), kSessionLinksMax);
}

TEST_F(SessionHeadTest, WhatIsNoLogin) {
  SessionHead head;
  EXPECT_TRUE(head.may_be_login());
  head.type = v1::SessionOpened::TYPE_SU;
  EXPECT_TRUE(head.may_be_login());
  for (const auto type : {v1::SessionOpened::TYPE_CRON, v1::SessionOpened::TYPE_USER_MANAGER,
                          v1::SessionOpened::TYPE_SERVICE, v1::SessionOpened::TYPE_CONTAINER}) {
    head.type = type;
    head.claimed.clear();
    EXPECT_FALSE(head.may_be_login());
    head.claimed = {"type"};
    EXPECT_TRUE(head.may_be_login());
  }
}

}  // namespace
}  // namespace spoor::collector
