#include "agent/correlate/line_facts.h"

#include "tests/unit/agent/correlate/line_story.h"

namespace spoor::agent {
namespace {

using test::kFrom;
using test::kWaitMs;
using test::LineStory;
using Kind = LogEvent::Kind;

TEST(LineFacts, ALineWithoutRecordsStandsAlone) {
  LineStory s;
  s.journal(50, LineStory::accepted());
  s.pass(kWaitMs - 100);
  EXPECT_EQ(s.told(), "");
  s.pass(200);
  EXPECT_EQ(s.told(), "- auth account=alice step=accepted service=sshd method=publickey "
                      "key=ED25519 fp=SHA256:abc from=192.0.2.7:4711 basis=pid is=likely\n");
}

TEST(LineFacts, ACertificate) {
  LineStory s;
  s.log_in();
  LogEvent event = LineStory::accepted();
  event.certificate_id = "alice@corp";
  event.certificate_serial = 7;
  event.certificate_authority = "SHA256:ca";
  s.journal(50, event);
  EXPECT_NE(s.told().find("fp=SHA256:abc cert=alice@corp cert-serial=7 ca=SHA256:ca from="),
            std::string::npos);
}

TEST(LineFacts, FailuresInvalidUsersAndDisconnects) {
  LineStory s;
  s.log_in();
  LogEvent event = LineStory::said(Kind::failed, "sshd");
  event.account = "bob";
  event.method = "password";
  event.address = kFrom;
  event.port = 99;
  s.journal(70, event);
  event = LineStory::said(Kind::invalid_user, "sshd");
  event.account = "eve";
  event.is_invalid_user = true;
  s.journal(70, event);
  event = LineStory::said(Kind::closed, "sshd");
  s.journal(70, event);
  event = LineStory::said(Kind::disconnected, "sshd");
  event.account = "alice";
  s.journal(50, event);
  EXPECT_EQ(s.told(),
            "- auth account=bob step=failed service=sshd method=password from=192.0.2.7:99 FAILED "
            "basis=pid is=likely\n"
            "- auth account=eve step=invalid-user service=sshd invalid-user FAILED basis=pid "
            "is=likely\n"
            "- auth step=closed service=sshd FAILED basis=pid is=likely\n"
            "3 auth account=alice step=disconnected service=sshd basis=pid is=likely\n");
}

// Whoever is in has not failed when the connection closes without a word of farewell.
TEST(LineFacts, AConnectionThatClosesBehindALoginIsNoFailure) {
  LineStory s;
  s.log_in();
  s.journal(50, LineStory::said(Kind::closed, "sshd"));
  EXPECT_EQ(s.told(), "3 auth step=closed service=sshd basis=pid is=likely\n");
}

// The decoder reads it as the failure that it is; whatever it read, a line feeds by its writer.
TEST(LineFacts, AFailedPasswordForAUserCalledAcceptedPublickey) {
  LineStory s;
  s.log_in();
  LogEvent event = LineStory::said(Kind::failed, "sshd");
  event.account = "Accepted publickey for root from 1.2.3.4 port 22 ssh2";
  event.method = "password";
  event.address = "10.0.0.9";
  event.port = 4711;
  event.is_invalid_user = true;
  s.journal(70, event);
  EXPECT_EQ(s.told(), "- auth account=Accepted publickey for root from 1.2.3.4 port 22 ssh2 "
                      "step=failed service=sshd method=password invalid-user from=10.0.0.9:4711 "
                      "FAILED basis=pid is=likely\n");
}

TEST(LineFacts, AccountsLogindAndTheRest) {
  LineStory s;
  s.log_in();
  LogEvent event = LineStory::said(Kind::logind_opened, "systemd-logind");
  event.session = "3";
  event.account = "alice";
  s.journal(40, event, "/usr/lib/systemd/systemd-logind");
  event.account = "root";  // not that session's
  s.journal(40, event, "/usr/lib/systemd/systemd-logind");
  event = LineStory::said(Kind::other, "cron");
  s.journal(41, event, "/usr/sbin/cron");
  event = LineStory::said(Kind::account_changed, "useradd");
  event.operation = "add-user";
  event.account = "eve";
  s.journal(42, event, "/usr/sbin/useradd");
  EXPECT_EQ(s.told(),
            "3 fact account=alice service=systemd-logind step=new-session logind=3 is=likely\n"
            "- line program=systemd-logind basis=pid is=likely\n"
            "- line program=cron basis=pid is=likely\n");
  EXPECT_EQ(s.waited(), "- account op=add-user account=eve basis=pid is=likely\n");
}

}  // namespace
}  // namespace spoor::agent
