#include "agent/decode/pam_log.h"

#include "tests/support/log_event_words.h"

namespace spoor::agent {
namespace {

std::string read(std::string_view message) {
  LogEvent e;
  return decode_pam_log(message, e) ? words_of(e) : "not PAM";
}

TEST(PamLog, Sessions) {
  EXPECT_EQ(read("pam_unix(sshd:session): session opened for user alice(uid=1001) by (uid=0)"),
            "session_opened service=[sshd] account=[alice] uid=1001 by_uid=0");
  EXPECT_EQ(read("pam_unix(su-l:session): session opened for user root(uid=0) by al ice(uid=1001)"),
            "session_opened service=[su-l] account=[root] by=[al ice] uid=0 by_uid=1001");
  EXPECT_EQ(read("pam_unix(cron:session): session opened for user root by (uid=0)"),
            "session_opened service=[cron] account=[root] by_uid=0");
  EXPECT_EQ(read("pam_unix(login:session): session opened for user root by LOGIN(uid=0)"),
            "session_opened service=[login] account=[root] by=[LOGIN] by_uid=0");
  EXPECT_EQ(read("pam_unix(sshd:session): session closed for user alice"),
            "session_closed service=[sshd] account=[alice]");
}

TEST(PamLog, Failures) {
  EXPECT_EQ(read("pam_unix(sshd:auth): authentication failure; logname= uid=0 euid=0 tty=ssh "
                 "ruser= rhost=10.0.0.9  user=root"),
            "failed service=[sshd] account=[root] addr=[10.0.0.9] tty=[ssh] by_uid=0");
  EXPECT_EQ(read("pam_unix(sshd:auth): authentication failure; logname= uid=0 euid=0 tty=ssh "
                 "ruser= rhost=gw.example.org "),
            "failed service=[sshd] host=[gw.example.org] tty=[ssh] by_uid=0");
  EXPECT_EQ(read("pam_unix(sudo:auth): authentication failure; logname=al uid=1001 euid=0 "
                 "tty=/dev/pts/1 ruser=alice rhost=  user=alice"),
            "failed service=[sudo] account=[alice] by=[alice] tty=[/dev/pts/1] by_uid=1001");
  EXPECT_EQ(read("pam_sss(sshd:auth): authentication failure; logname= uid=0 euid=0 tty=ssh ruser= "
                 "rhost=::1 user=x user=root rhost=6.6.6.6"),
            "failed service=[sshd] account=[x user=root rhost=6.6.6.6] addr=[::1] tty=[ssh] "
            "by_uid=0");
  EXPECT_EQ(read("pam_unix(sudo:auth): auth could not identify password for [alice]"),
            "failed service=[sudo] account=[alice]");
}

TEST(PamLog, RefusalsAndPasswords) {
  EXPECT_EQ(read("pam_unix(sshd:account): account bob has expired (account expired)"),
            "refused service=[sshd] account=[bob] reason=[account expired]");
  EXPECT_EQ(read("pam_access(sshd:account): access denied for user `bob' from `10.0.0.9'"),
            "refused service=[sshd] account=[bob] addr=[10.0.0.9] reason=[access denied for user "
            "`bob' from `10.0.0.9']");
  EXPECT_EQ(read("pam_unix(passwd:chauthtok): password changed for bob"),
            "password_changed service=[passwd] account=[bob]");
}

TEST(PamLog, OtherLines) {
  EXPECT_EQ(read("pam_unix(sshd:auth): check pass; user unknown"), "other service=[sshd]");
  EXPECT_EQ(read("pam_systemd(x:y:session): hello"), "other service=[x:y]");
  for (const char* const line :
       {"", "session opened for user root(uid=0) by (uid=0)", "pam_unix: x", "pam_unix(sshd): x",
        "pam_unix(sshd:auth) x", "pam_unix:a(b): session closed for user x",
        "pam_unix said (sshd:session): session closed for user x"}) {
    EXPECT_EQ(read(line), "not PAM") << line;
  }
}

}  // namespace
}  // namespace spoor::agent
