#include "agent/correlate/security_facts.h"

#include "tests/unit/agent/correlate/call_event.h"

namespace spoor::agent {
namespace {

std::string read(uint16_t type, const std::string& body) {
  EXPECT_TRUE(is_decision(type));
  const AuditEvent event = test::decoded({{type, test::stamp(5000, 1) + body}});
  const SecurityDecision decision = decision_of(event, event.records.at(0));
  std::string text = decision.denied ? "denied" : "noted";
  for (const auto word : {decision.module, decision.operation, decision.subject, decision.object}) {
    text.append("|").append(word);
  }
  return decision.signal == 0 ? text : text + "|" + std::to_string(decision.signal);
}

TEST(SecurityFacts, SELinux) {
  EXPECT_EQ(read(1400, "avc:  denied  { read write } for  pid=917 comm=\"cat\" "
                       "path=\"/etc/shadow\" dev=\"dm-0\" ino=1573 scontext=u:r:user_t:s0 "
                       "tcontext=s:o:shadow_t:s0 tclass=file permissive=0"),
            "denied|selinux|read write|u:r:user_t:s0|/etc/shadow");
  EXPECT_EQ(read(1400, "avc:  denied  { read } for  pid=917 comm=\"cat\" scontext=a tcontext=b "
                       "tclass=file permissive=1"),
            "noted|selinux|read|a|b");
  EXPECT_EQ(read(1400, "avc:  granted  { load_policy } for  pid=1 scontext=a tcontext=b"),
            "noted|selinux|load_policy|a|b");
  for (const char* broken : {"", "avc:", "avc: denied {", "avc: denied }", "avc: denied { }",
                             "} {", "{ x"}) {
    EXPECT_NE(read(1400, broken).find("|selinux||"), std::string::npos) << broken;
  }
}

// What a program decided, in its message.
TEST(SecurityFacts, OfAProgram) {
  const auto said = [](const std::string& message) {
    const AuditEvent event = test::decoded(
        {{1107, test::stamp(5000, 1) + "pid=700 uid=81 auid=4294967295 ses=4294967295 msg='" +
                    message +
                    " exe=\"/usr/bin/dbus-daemon\" sauid=81 hostname=? addr=? terminal=?'"}});
    const SecurityDecision d = decision_of(event, event.records.at(0));
    return (d.denied ? "denied|" : "noted|") + std::string(d.module) + "|" +
           std::string(d.operation) + "|" + std::string(d.subject) + "|" + std::string(d.object);
  };
  EXPECT_EQ(said("avc:  denied  { send_msg } for  msgtype=method_call interface=org.example "
                 "member=Stop dest=org.example spid=700 tpid=1 scontext=user_u:user_r:user_t:s0 "
                 "tcontext=system_u:system_r:init_t:s0 tclass=dbus permissive=0"),
            "denied|selinux|send_msg|user_u:user_r:user_t:s0|system_u:system_r:init_t:s0");
  EXPECT_EQ(said("avc:  denied  { start } for auid=1000 path=\"/x.service\" scontext=a tcontext=b "
                 "tclass=service permissive=1"),
            "noted|selinux|start|a|/x.service");
  EXPECT_EQ(said("apparmor=\"DENIED\" operation=\"dbus_method_call\" bus=\"system\" "
                 "name=\"org.example\" mask=\"send\" pid=7 label=\"p\" peer_pid=1"),
            "denied|apparmor|dbus_method_call|p|org.example");
}

TEST(SecurityFacts, AppArmorAndSmack) {
  EXPECT_EQ(read(1400, "apparmor=\"DENIED\" operation=\"open\" profile=\"/usr/bin/man\" "
                       "name=\"/etc/shadow\" pid=5571 comm=\"man\" requested_mask=\"r\" "
                       "denied_mask=\"r\" fsuid=1000 ouid=0"),
            "denied|apparmor|open|/usr/bin/man|/etc/shadow");
  EXPECT_EQ(read(1400, "apparmor=\"ALLOWED\" operation=\"ptrace\" profile=\"docker-default\" "
                       "pid=5571 comm=\"x\" requested_mask=\"trace\" peer=\"unconfined\""),
            "noted|apparmor|ptrace|docker-default|unconfined");
  EXPECT_EQ(read(1503, "apparmor=\"DENIED\" operation=\"capable\" profile=\"p\" pid=1 "
                       "comm=\"x\" capability=21 capname=\"sys_admin\""),
            "denied|apparmor|capable|p|sys_admin");
  EXPECT_EQ(read(1507, "apparmor=\"KILLED\" operation=\"exec\" profile=\"p\" name=\"/bin/sh\""),
            "denied|apparmor|exec|p|/bin/sh");
  EXPECT_EQ(read(1400, "lsm=SMACK fn=smack_inode_permission action=denied subject=\"_\" "
                       "object=\"System\" requested=w pid=1 comm=\"x\" name=\"a\""),
            "denied|smack|w|_|a");
}

TEST(SecurityFacts, Seccomp) {
  EXPECT_EQ(read(1326, "auid=1000 uid=1000 gid=1000 ses=3 pid=1300 comm=\"probe\" "
                       "exe=\"/home/alice/probe\" sig=31 arch=c000003e syscall=41 compat=0 "
                       "ip=0x7f8d5a2b1c3d code=0x80000000"),
            "denied|seccomp|kill_process|/home/alice/probe|socket|31");
  EXPECT_EQ(read(1326, "auid=1 uid=1 gid=1 ses=3 pid=1300 comm=\"probe\" exe=\"/p\" sig=0 "
                       "arch=c000003e syscall=41 compat=0 ip=0x7f code=0x7ffc0000"),
            "noted|seccomp|log|/p|socket");
}

TEST(SecurityFacts, Landlock) {
  EXPECT_EQ(read(1423, "domain=195ba459b blockers=fs.write_file,fs.refer path=\"/usr/bin\" "
                       "dev=\"vda2\" ino=351"),
            "denied|landlock|fs.write_file,fs.refer||/usr/bin");
  EXPECT_EQ(read(1423, "domain=195ba459b blockers=ptrace opid=1 ocomm=\"systemd\""),
            "denied|landlock|ptrace||systemd");
  EXPECT_EQ(read(1424, "domain=195ba459b status=allocated mode=enforcing pid=300 uid=1000 "
                       "exe=\"/home/alice/sandboxer\" comm=\"sandboxer\""),
            "noted|landlock|allocated|/home/alice/sandboxer|");
}

TEST(SecurityFacts, Anomalies) {
  EXPECT_EQ(read(1700, "dev=eth0 prom=256 old_prom=0 auid=1000 uid=0 gid=0 ses=3"),
            "noted|anomaly|promiscuous on||eth0");
  EXPECT_EQ(read(1700, "dev=eth0 prom=0 old_prom=256 auid=1000 uid=0 gid=0 ses=3"),
            "noted|anomaly|promiscuous off||eth0");
  EXPECT_EQ(read(1701, "auid=1000 uid=1000 gid=1000 ses=3 pid=1330 comm=\"probe\" "
                       "exe=\"/home/alice/probe\" sig=11 res=1"),
            "noted|anomaly|abend|/home/alice/probe||11");
  EXPECT_EQ(read(1702, "op=linkat ppid=911 pid=917 auid=1000 uid=0 comm=\"ln\" exe=\"/usr/bin/ln\" "
                       "res=0"), "denied|anomaly|linkat|/usr/bin/ln|");
  EXPECT_EQ(read(1703, "op=sticky_create_fifo ppid=911 pid=917 exe=\"/usr/bin/dash\" res=0"),
            "denied|anomaly|sticky_create_fifo|/usr/bin/dash|");
  EXPECT_EQ(read(1710, "op=new"), "noted|anomaly|new||");
}

TEST(SecurityFacts, OthersAreNone) {
  for (const int type : {1300, 1325, 1327, 1399, 1401, 1422, 1425, 1499, 1508, 1699, 1800}) {
    EXPECT_FALSE(is_decision(static_cast<uint16_t>(type))) << type;
  }
}

}  // namespace
}  // namespace spoor::agent
