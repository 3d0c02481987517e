#include "agent/decode/login_log.h"

#include "tests/support/log_event_words.h"

namespace spoor::agent {
namespace {

using Decode = void (*)(std::string_view, LogEvent&);
std::string read(std::string_view message, Decode decode) {
  LogEvent e;
  decode(message, e);
  return words_of(e);
}

TEST(LoginLog, UtilLinux) {
  EXPECT_EQ(read("FAILED LOGIN 1 FROM tty1 FOR a FOR b, c, Authentication failure",
                 decode_login_log),
            "failed account=[a FOR b, c] tty=[tty1] reason=[Authentication failure]");
  EXPECT_EQ(read("FAILED LOGIN SESSION FROM 10.0.0.9 FOR alice, x", decode_login_log),
            "failed account=[alice] addr=[10.0.0.9] reason=[x]");
  EXPECT_EQ(read("TOO MANY LOGIN TRIES (3) FROM pts/2 FOR (unknown), x", decode_login_log),
            "failed account=[(unknown)] tty=[pts/2] reason=[x]");
  EXPECT_EQ(read("LOGIN ON tty1 BY alice", decode_login_log),
            "accepted account=[alice] tty=[tty1]");
  EXPECT_EQ(read("LOGIN ON pts/0 BY alice FROM gw", decode_login_log),
            "accepted account=[alice] host=[gw] tty=[pts/0]");
  EXPECT_EQ(read("ROOT LOGIN ON tty1", decode_login_log), "accepted account=[root] tty=[tty1]");
  EXPECT_EQ(read("ROOT LOGIN ON pts/0 FROM ::1", decode_login_log),
            "accepted account=[root] addr=[::1] tty=[pts/0]");
}

TEST(LoginLog, Shadow) {
  EXPECT_EQ(read("FAILED LOGIN (1) on '/dev/tty1' FOR 'it's', Authentication failure",
                 decode_login_log),
            "failed account=[it's] tty=[/dev/tty1] reason=[Authentication failure]");
  EXPECT_EQ(read("FAILED LOGIN (2) on '/dev/pts/1' from 'gw' FOR 'UNKNOWN', x", decode_login_log),
            "failed account=[UNKNOWN] host=[gw] tty=[/dev/pts/1] reason=[x]");
  EXPECT_EQ(read("TOO MANY LOGIN TRIES (3) on '/dev/tty1' FOR 'bob'", decode_login_log),
            "failed account=[bob] tty=[/dev/tty1]");
  EXPECT_EQ(read("ROOT LOGIN  on '/dev/tty1'", decode_login_log),
            "accepted account=[root] tty=[/dev/tty1]");
  EXPECT_EQ(read("'alice' logged in  on '/dev/tty1'", decode_login_log),
            "accepted account=[alice] tty=[/dev/tty1]");
  EXPECT_EQ(read("Login timed out", decode_login_log), "other");
}

TEST(LoginLog, Logind) {
  EXPECT_EQ(read("New session 3 of user alice.", decode_logind_log),
            "logind_opened account=[alice] session=[3]");
  EXPECT_EQ(read("New session 'c2' of user 'alice' with class 'user' and type 'tty'.",
                 decode_logind_log),
            "logind_opened account=[alice] session=[c2]");
  EXPECT_EQ(read("Session 3 logged out. Waiting for processes to exit.", decode_logind_log),
            "logind_closed session=[3] op=[logged out]");
  EXPECT_EQ(read("Removed session 3.", decode_logind_log),
            "logind_closed session=[3] op=[removed]");
  EXPECT_EQ(read("Watching system buttons on /dev/input/event0", decode_logind_log), "other");
}

TEST(LoginLog, Cron) {
  EXPECT_EQ(read("(root) CMD (   cd / && run-parts (x))", decode_cron_log),
            "cron_command account=[root] command=[   cd / && run-parts (x)]");
  EXPECT_EQ(read("(alice) REPLACE (alice)", decode_cron_log), "other account=[alice] op=[REPLACE]");
  EXPECT_EQ(read("(root) CMD (unfinished", decode_cron_log), "other");
}

}  // namespace
}  // namespace spoor::agent
