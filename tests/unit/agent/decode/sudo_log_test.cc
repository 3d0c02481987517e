#include "agent/decode/sudo_log.h"

#include "tests/support/log_event_words.h"

namespace spoor::agent {
namespace {

using Decode = void (*)(std::string_view, LogEvent&);
std::string read(std::string_view message, Decode decode = decode_sudo_log) {
  LogEvent e;
  decode(message, e);
  return words_of(e);
}

TEST(SudoLog, Commands) {
  EXPECT_EQ(read("   alice : TTY=pts/1 ; PWD=/home/alice ; USER=root ; COMMAND=/usr/bin/id -u"),
            "command account=[alice] to=[root] tty=[pts/1] cwd=[/home/alice] "
            "command=[/usr/bin/id -u]");
  EXPECT_EQ(read("alice : HOST=web1 ; TTY=unknown ; PWD=/ ; USER=www ; GROUP=adm ; TSID=000001 ; "
                 "ENV=A=b C=d ; COMMAND=/bin/ls"),
            "command account=[alice] to=[www] host=[web1] tty=[unknown] cwd=[/] "
            "command=[/bin/ls] group=[adm]");
  EXPECT_EQ(read("alice : PWD=/ ; USER=root ; COMMAND="), "command account=[alice] to=[root] "
            "cwd=[/]");
}

TEST(SudoLog, Refusals) {
  for (const std::string reason :
       {"user NOT in sudoers", "user NOT authorized on host", "command not allowed",
        "3 incorrect password attempts", "1 incorrect password attempt", "a password is required",
        "sorry, you must have a tty to run sudo",
        "user not allowed to change directory to /root"}) {
    EXPECT_EQ(read("bob : " + reason + " ; TTY=pts/1 ; PWD=/ ; USER=root ; COMMAND=/bin/sh"),
              "refused account=[bob] to=[root] tty=[pts/1] cwd=[/] command=[/bin/sh] reason=[" +
                  reason + "]");
  }
  EXPECT_EQ(read("bob : problem with defaults entries ; TTY=pts/1 ; PWD=/ ; USER=root ; COMMAND=x"),
            "other account=[bob] to=[root] tty=[pts/1] cwd=[/] command=[x] reason=[problem with "
            "defaults entries]");
}

TEST(SudoLog, ContinuedLine) {
  EXPECT_EQ(read("   alice : (command continued) /etc/x ; USER=root ; COMMAND=/bin/true"),
            "other account=[alice] command=[/etc/x ; USER=root ; COMMAND=/bin/true] "
            "op=[command continued]");
}

// A folder, a variable and arguments can be written like fields.
TEST(SudoLog, FieldsInsideOfFields) {
  // cd '/tmp/x ; USER=nobody ; COMMAND=/bin/true'; sudo id
  EXPECT_EQ(read("eve : TTY=pts/1 ; PWD=/tmp/x ; USER=nobody ; COMMAND=/bin/true ; USER=root ; "
                 "COMMAND=/usr/bin/id"),
            "command account=[eve] command=[/bin/true ; USER=root ; COMMAND=/usr/bin/id]");
  // cd '/tmp/x ; USER=nobody'; sudo id
  EXPECT_EQ(read("eve : TTY=pts/1 ; PWD=/tmp/x ; USER=nobody ; USER=root ; COMMAND=/usr/bin/id"),
            "command account=[eve] command=[/usr/bin/id]");
  // cd '/tmp/x ; GROUP=adm'; sudo id
  EXPECT_EQ(read("eve : TTY=pts/1 ; PWD=/tmp/x ; GROUP=adm ; USER=root ; COMMAND=/usr/bin/id"),
            "command account=[eve] command=[/usr/bin/id]");
  // sudo A='x ; COMMAND=/bin/true' id
  EXPECT_EQ(read("eve : TTY=pts/1 ; PWD=/ ; USER=root ; ENV=A=x ; COMMAND=/bin/true ; "
                 "COMMAND=/usr/bin/id"),
            "command account=[eve] command=[/bin/true ; COMMAND=/usr/bin/id]");
  // An argument that is no second command is one.
  EXPECT_EQ(read("eve : TTY=pts/1 ; PWD=/ ; USER=root ; COMMAND=/bin/echo ; USER=x"),
            "command account=[eve] to=[root] tty=[pts/1] cwd=[/] command=[/bin/echo ; USER=x]");
}

TEST(SudoLog, OtherLines) {
  for (const char* const line :
       {"", " : ", "alice", "alice : x", "alice : unable to open /etc/sudoers",
        "@cee:{\"sudo\":{\"accept\":{}}}", "pam_unix : x ; y"}) {
    EXPECT_EQ(read(line), "other") << line;
  }
  EXPECT_EQ(read("a : FOO=1 ; TTY=pts/1 ; BAR=2 ; PWD=/ ; COMMAND=x"),
            "other account=[a] tty=[pts/1 ; BAR=2] cwd=[/] command=[x] reason=[FOO=1]");
}

TEST(SudoLog, TheEndOfACommand) {
  const std::string head = "a : TTY=pts/1 ; PWD=/ ; USER=root ; COMMAND=/bin/x y";
  const std::string read_so = "command account=[a] to=[root] tty=[pts/1] cwd=[/] "
                              "command=[/bin/x y]";
  EXPECT_EQ(read(head + " ; EXIT=0"), read_so + " op=[exit]");
  EXPECT_EQ(read(head + " ; SIGNAL=KILL"), read_so + " op=[exit]");
  EXPECT_EQ(read(head + " ; SIGNAL=SEGV ; EXIT=139"), read_so + " op=[exit]");
  // Only at its end, and only of what ran.
  EXPECT_EQ(read("a : USER=root ; COMMAND=/bin/x ; EXIT=0 ; y"),
            "command account=[a] to=[root] command=[/bin/x ; EXIT=0 ; y]");
  EXPECT_EQ(read("a : USER=root ; COMMAND=/bin/x ; EXIT="),
            "command account=[a] to=[root] command=[/bin/x ; EXIT=]");
  EXPECT_EQ(read("a : command not allowed ; USER=root ; COMMAND=/bin/x ; EXIT=0"),
            "refused account=[a] to=[root] command=[/bin/x ; EXIT=0] "
            "reason=[command not allowed]");
}

TEST(SudoLog, Su) {
  EXPECT_EQ(read("(to root) alice on pts/1", decode_su_log),
            "switched account=[alice] to=[root] tty=[pts/1]");
  EXPECT_EQ(read("(to root)  on none", decode_su_log), "switched to=[root] tty=[none]");
  EXPECT_EQ(read("FAILED SU (to root) alice on pts/1", decode_su_log),
            "refused account=[alice] to=[root] tty=[pts/1]");
  EXPECT_EQ(read("FAILED RUNUSER (to root) alice on pts/1", decode_su_log),
            "refused account=[alice] to=[root] tty=[pts/1]");
  EXPECT_EQ(read("Successful su for root by alice", decode_su_log),
            "switched account=[alice] to=[root]");
  EXPECT_EQ(read("FAILED su for root by alice", decode_su_log),
            "refused account=[alice] to=[root]");
  EXPECT_EQ(read("+ /dev/pts/1 alice:root", decode_su_log),
            "switched account=[alice] to=[root] tty=[/dev/pts/1]");
  EXPECT_EQ(read("- pts/1 alice:root", decode_su_log),
            "refused account=[alice] to=[root] tty=[pts/1]");
  EXPECT_EQ(read("pam_authenticate: Authentication failure", decode_su_log), "other");
}

TEST(SudoLog, Pkexec) {
  EXPECT_EQ(read("alice: Executing command [USER=root] [TTY=/dev/pts/1] [CWD=/home/alice] "
                 "[COMMAND=/usr/bin/id]",
                 decode_pkexec_log),
            "command account=[alice] to=[root] tty=[/dev/pts/1] cwd=[/home/alice] "
            "command=[/usr/bin/id]");
  EXPECT_EQ(read("alice: Error executing command as another user: Not authorized [USER=root] "
                 "[TTY=/dev/pts/1] [CWD=/] [COMMAND=/usr/bin/id]",
                 decode_pkexec_log),
            "refused account=[alice] to=[root] tty=[/dev/pts/1] cwd=[/] command=[/usr/bin/id] "
            "reason=[Error executing command as another user: Not authorized]");
  EXPECT_EQ(read("eve: Executing command [USER=root] [TTY=x] [CWD=/a] [COMMAND=/bin/true] "
                 "[COMMAND=/usr/bin/id]",
                 decode_pkexec_log),
            "command account=[eve] command=[/bin/true] [COMMAND=/usr/bin/id]");
  EXPECT_EQ(read("alice: Executing command", decode_pkexec_log), "other");
  EXPECT_EQ(read("alice [USER=root] [COMMAND=x]: y", decode_pkexec_log), "other");
}

TEST(SudoLog, Polkit) {
  EXPECT_EQ(read("Operator of unix-session:1 FAILED to authenticate to gain authorization for "
                 "action org.freedesktop.policykit.exec for unix-process:10018:582882 [pkexec x] "
                 "(owned by unix-user:root)] (owned by unix-user:alice)",
                 decode_polkit_log),
            "refused account=[alice] command=[pkexec x] (owned by unix-user:root)] "
            "op=[org.freedesktop.policykit.exec]");
  EXPECT_EQ(read("Operator of unix-session:1 successfully authenticated as unix-user:root to gain "
                 "TEMPORARY authorization for action a.b for unix-process:1:2 [pkexec id] (owned "
                 "by unix-user:alice)",
                 decode_polkit_log),
            "other account=[alice] to=[root] command=[pkexec id] op=[a.b]");
  EXPECT_EQ(read("Loading rules from directory /etc/polkit-1/rules.d", decode_polkit_log), "other");
}

}  // namespace
}  // namespace spoor::agent
