#include "agent/decode/user_record.h"

namespace spoor::agent {
namespace {

std::string words(const AuditEvent& e) {
  const UserFields& u = *e.user;
  std::string out;
  for (const Slice s : {u.op, u.account, u.exe, u.hostname, u.address, u.terminal}) {
    out.append(e.bytes(s)).append("|");
  }
  return out;
}

TEST(UserRecord, LoginOverSsh) {
  AuditEvent e;
  EXPECT_TRUE(decode_user(1105,
                          "pid=1298 uid=0 auid=1000 ses=1 subj=system_u:system_r:sshd_t:s0 "
                          "msg='op=PAM:session_open grantors=pam_unix,pam_limits acct=\"alice\" "
                          "exe=\"/usr/sbin/sshd\" hostname=192.0.2.7 addr=192.0.2.7 terminal=ssh "
                          "res=success'",
                          e));
  EXPECT_EQ(words(e), "PAM:session_open|alice|/usr/sbin/sshd|192.0.2.7|192.0.2.7|ssh|");
  EXPECT_EQ(e.user->pid, 1298u);
  EXPECT_EQ(e.user->auid, 1000u);
  EXPECT_EQ(e.user->ses, 1u);
  EXPECT_EQ(e.user->success, true);
}

TEST(UserRecord, UnknownAccountInHexAndAbsentHost) {
  AuditEvent e;
  EXPECT_TRUE(decode_user(1112,
                          "pid=12635 uid=0 auid=4294967295 ses=4294967295 msg='op=login "
                          "acct=28696E76616C6964207573657229 exe=\"/usr/sbin/sshd\" hostname=? "
                          "addr=198.51.100.9 terminal=sshd res=failed'",
                          e));
  EXPECT_EQ(words(e), "login|(invalid user)|/usr/sbin/sshd||198.51.100.9|sshd|");
  EXPECT_EQ(e.user->success, false);
  EXPECT_EQ(e.user->auid, kUnsetId);
}

TEST(UserRecord, SudoCommand) {
  AuditEvent e;
  EXPECT_TRUE(decode_user(1123,
                          "pid=1382 uid=1000 auid=1000 ses=3 msg='cwd=\"/home/alice\" "
                          "cmd=2E2F72756E202D63206D622E796D6C exe=\"/usr/bin/sudo\" terminal=pts/0 "
                          "res=success'",
                          e));
  EXPECT_EQ(e.bytes(e.user->command), "./run -c mb.yml");
  EXPECT_EQ(e.bytes(e.user->cwd), "/home/alice");
  EXPECT_EQ(e.user->uid, 1000u);
}

// Fedora's sshd, by its openssh-audit.patch.
TEST(UserRecord, KeysAndPortsOfOpenSsh) {
  AuditEvent event;
  ASSERT_TRUE(decode_user(2404,
                          "pid=1299 uid=0 auid=4294967295 ses=4294967295 msg='op=negotiate "
                          "kind=auth-key fp=SHA256:abc spid=1299 suid=0 rport=63927 lport=22 "
                          "exe=\"/usr/sbin/sshd\" hostname=? addr=192.0.2.7 terminal=? "
                          "res=success'",
                          event));
  EXPECT_EQ(event.bytes(event.user->fingerprint), "SHA256:abc");
  EXPECT_EQ(event.bytes(event.user->key_kind), "auth-key");
  EXPECT_EQ(event.user->about_pid, 1299u);
  EXPECT_EQ(event.user->port, 63927u);
  EXPECT_EQ(event.user->local_port, 22u);
  AuditEvent odd;
  ASSERT_TRUE(decode_user(2404, "pid=1 uid=0 msg='rport=70000 lport=x algo=ssh-rsa'", odd));
  EXPECT_EQ(odd.user->port, 0u);
  EXPECT_EQ(odd.user->local_port, 0u);
  EXPECT_EQ(odd.bytes(odd.user->key_type), "ssh-rsa");
}

// In a record the fingerprint is in hex; what is kept is what sshd's log has of the same key.
TEST(UserRecord, FingerprintsAsTheLogHasThem) {
  const std::string bytes =
      "00:01:02:03:04:05:06:07:08:09:0a:0b:0c:0d:0e:0f:10:11:12:13:14:15:16:17:18:19:1a:1b:1c:1d:"
      "1e:1f";
  const struct {
    std::string record, log;
  } prints[] = {
      {"SHA256:" + bytes, "SHA256:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"},
      {bytes.substr(0, 47), "MD5:00:01:02:03:04:05:06:07:08:09:0a:0b:0c:0d:0e:0f"},
      {"MD5:" + bytes.substr(0, 47), "MD5:00:01:02:03:04:05:06:07:08:09:0a:0b:0c:0d:0e:0f"},
      {"SHA256:" + bytes.substr(0, 94), "SHA256:" + bytes.substr(0, 94)},
      {"SHA256:" + bytes.substr(0, 93), "SHA256:" + bytes.substr(0, 93)},
      {"SHA256:abc", "SHA256:abc"},
      {"SHA256:", "SHA256:"},
      {"0", "0"},
  };
  for (const auto& print : prints) {
    AuditEvent event;
    ASSERT_TRUE(decode_user(2404, "pid=1 uid=0 msg='op=negotiate fp=" + print.record + "'", event));
    EXPECT_EQ(event.bytes(event.user->fingerprint), print.log);
  }
}

TEST(UserRecord, ServiceAndId) {
  AuditEvent e;
  EXPECT_TRUE(decode_user(1130,
                          "pid=1 uid=0 auid=4294967295 ses=4294967295 msg='unit=cron "
                          "comm=\"systemd\" exe=\"/usr/lib/systemd/systemd\" hostname=? addr=? "
                          "terminal=? res=success'",
                          e));
  EXPECT_EQ(e.bytes(e.user->unit), "cron");
  EXPECT_EQ(e.bytes(e.user->comm), "systemd");
  AuditEvent add;
  EXPECT_TRUE(decode_user(1114, "pid=9 uid=0 auid=0 ses=1 msg='op=add-user id=1001 res=1'", add));
  EXPECT_EQ(add.user->id, 1001u);
}

TEST(UserRecord, OldSpelling) {
  AuditEvent e;
  EXPECT_TRUE(decode_user(1105,
                          "user pid=13015 uid=0 auid=0 subj=x msg='PAM: session open acct=root : "
                          "exe=\"/usr/sbin/crond\" (hostname=?, addr=?, terminal=cron "
                          "res=success)'",
                          e));
  EXPECT_EQ(words(e), "|root|/usr/sbin/crond|||cron|");
  EXPECT_EQ(e.user->success, true);
}

TEST(UserRecord, OperationsOfSeveralWords) {
  const auto op = [](const std::string& message) {
    AuditEvent e;
    decode_user(1114, "pid=9 uid=0 auid=0 ses=1 msg='" + message + "'", e);
    return std::string(e.bytes(e.user->op));
  };
  EXPECT_EQ(op("op=adding user to group acct=\"a\" res=success"), "adding user to group");
  EXPECT_EQ(op("op=PAM:setcred grantors=? res=success"), "PAM:setcred");
  EXPECT_EQ(op("op=a=b acct=\"a\""), "a=b");
  EXPECT_EQ(op("op=x"), "x");
  EXPECT_EQ(op("op=x y "), "x y");
  EXPECT_EQ(op("op="), "");
  EXPECT_EQ(op("op= acct=\"a\""), "");
  EXPECT_EQ(op("op=? acct=\"a\""), "");
  EXPECT_EQ(op("op=\"quoted op\" acct=\"a\""), "quoted op");
}

// What a program writes into msg cannot pass for the kernel's prefix.
TEST(UserRecord, PrefixIsTheKernels) {
  AuditEvent e;
  EXPECT_TRUE(decode_user(1100,
                          "pid=7 uid=1 auid=5 ses=6 msg='op=x pid=1 uid=0 auid=0 ses=1 res=1'", e));
  EXPECT_EQ(e.user->pid, 7u);
  EXPECT_EQ(e.user->uid, 1u);
  EXPECT_EQ(e.user->auid, 5u);
  EXPECT_EQ(e.user->ses, 6u);
}

TEST(UserRecord, EnrichedSuffixAndQuotesInside) {
  AuditEvent e;
  EXPECT_TRUE(decode_user(1100,
                          "pid=7 uid=0 auid=5 ses=6 msg='op=it's acct=\"a\" res=success'\x1d"
                          "UID=\"root\" AUID=\"o'neil\"",
                          e));
  EXPECT_EQ(words(e), "it's|a|||||");
  EXPECT_EQ(e.user->success, true);
  AuditEvent cut;
  EXPECT_TRUE(decode_user(1100, "pid=7 uid=0 auid=5 ses=6 msg='op=x acct=\"a\" res=success", cut));
  EXPECT_EQ(words(cut), "x|a|||||");
  EXPECT_EQ(cut.user->success, true);
}

TEST(UserRecord, NonsenseIsRefused) {
  AuditEvent e;
  EXPECT_FALSE(decode_user(1100, "msg='op=x'", e));
  EXPECT_FALSE(e.user);
  EXPECT_FALSE(decode_user(1100, "pid=x uid=0", e));
  EXPECT_FALSE(decode_user(1100, "pid=1 msg='acct=\"open'", e));
  EXPECT_FALSE(decode_user(1100, "pid=2 msg='op=second'", e));
  EXPECT_EQ(e.user->pid, 1u);
}

TEST(LoginRecord, NewAndOldSpelling) {
  AuditEvent e;
  EXPECT_TRUE(decode_login("pid=1298 uid=0 subj=x old-auid=4294967295 auid=1000 tty=(none) "
                           "old-ses=4294967295 ses=1 res=1",
                           e));
  EXPECT_EQ(e.login->pid, 1298u);
  EXPECT_EQ(e.login->old_auid, kUnsetId);
  EXPECT_EQ(e.login->auid, 1000u);
  EXPECT_EQ(e.login->ses, 1u);
  EXPECT_TRUE(e.login->success);
  EXPECT_FALSE(decode_login("pid=1 auid=2", e));  // the first stays

  AuditEvent old;
  EXPECT_TRUE(decode_login("login pid=13015 uid=0 old auid=7 new auid=0 old ses=3 new ses=4", old));
  EXPECT_EQ(old.login->old_auid, 7u);
  EXPECT_EQ(old.login->auid, 0u);
  EXPECT_EQ(old.login->old_ses, 3u);
  EXPECT_EQ(old.login->ses, 4u);

  AuditEvent refused;
  EXPECT_TRUE(
      decode_login("pid=1 uid=0 old-auid=5 auid=6 old-ses=1 ses=4294967295 res=0", refused));
  EXPECT_FALSE(refused.login->success);
  AuditEvent bad;
  EXPECT_FALSE(decode_login("pid=1 uid=0 res=1", bad));
  EXPECT_FALSE(bad.login);
}

// pam_tty_audit's: of two settings the one that changed; if both did, the one about passwords.
TEST(ConfigRecord, WhetherTypedInputIsRecorded) {
  const auto told = [](std::string_view body) {
    AuditEvent event;
    EXPECT_TRUE(decode_config(body, event));
    return std::string(event.bytes(event.config->setting)) + " " +
           std::string(event.bytes(event.config->old_value)) + " " +
           std::string(event.bytes(event.config->new_value));
  };
  EXPECT_EQ(told("pid=9 uid=0 auid=1000 ses=3 subj=x op=tty_set old-enabled=0 new-enabled=1 "
                 "old-log_passwd=0 new-log_passwd=0 res=1"), "enabled 0 1");
  EXPECT_EQ(told("op=tty_set old-enabled=1 new-enabled=1 old-log_passwd=0 new-log_passwd=1 res=1"),
            "log_passwd 0 1");
  EXPECT_EQ(told("op=tty_set old-enabled=1 new-enabled=0 old-log_passwd=1 new-log_passwd=1 res=1"),
            "enabled 1 0");
  EXPECT_EQ(told("op=x old-=1 new-=2 new-log_passwd= new-other=3"), "  ");
}

TEST(ConfigRecord, RulesSettingsFeatures) {
  AuditEvent rule;
  EXPECT_TRUE(
      decode_config("auid=1000 ses=3 subj=x op=add_rule key=\"spoor-exec\" list=4 res=1", rule));
  EXPECT_EQ(rule.bytes(rule.config->op), "add_rule");
  EXPECT_EQ(rule.bytes(rule.config->key), "spoor-exec");
  EXPECT_EQ(rule.config->success, true);
  AuditEvent set;
  EXPECT_TRUE(decode_config("op=set audit_backlog_limit=8192 old=64 auid=1000 ses=3 res=0", set));
  EXPECT_EQ(set.bytes(set.config->setting), "audit_backlog_limit");
  EXPECT_EQ(set.bytes(set.config->new_value), "8192");
  EXPECT_EQ(set.bytes(set.config->old_value), "64");
  EXPECT_EQ(set.config->success, false);
  for (const char* counter : {"lost", "backlog_wait_time_actual"}) {
    AuditEvent reset;
    EXPECT_TRUE(decode_config("op=set " + std::string(counter) + "=0 old=17 auid=0 ses=3 res=1",
                              reset));
    EXPECT_EQ(reset.bytes(reset.config->setting), counter);
    EXPECT_EQ(reset.bytes(reset.config->old_value), "17");
  }
  AuditEvent feature;
  EXPECT_TRUE(decode_config("feature=loginuid_immutable old=0 new=1 old_lock=0 new_lock=1 res=1",
                            feature));
  EXPECT_EQ(feature.bytes(feature.config->setting), "loginuid_immutable");
  EXPECT_EQ(feature.bytes(feature.config->new_value), "1");
  AuditEvent none;
  EXPECT_TRUE(decode_config("auid=1000 ses=3 op=\"add_rule\" key=(null) list=4 res=1", none));
  EXPECT_EQ(none.config->key.size, 0u);
  EXPECT_EQ(none.bytes(none.config->op), "add_rule");
}

}  // namespace
}  // namespace spoor::agent
