#include "agent/correlate/correlator.h"

#include <algorithm>
#include <random>

#include "agent/correlate/audit_facts.h"
#include "agent/correlate/blob.h"
#include "tests/unit/agent/correlate/pipeline.h"

namespace spoor::agent {
namespace {

using test::at_ms;
using test::kBootRealtimeNs;
using test::kMs;
using test::Pipeline;
using test::Seen;
using test::user_record;

std::shared_ptr<const Names> names() {
  return std::make_shared<const Names>(Names{{0, "root"}, {1000, "alice"}, {1001, "bob"}});
}

std::string ref(const std::optional<CommandRef>& c) {
  if (!c) return "none";
  return std::to_string(c->process.pid) + "#" + std::to_string(c->exec_number);
}

const char* kSsh =
    "exe=\"/usr/sbin/sshd\" hostname=192.0.2.7 addr=192.0.2.7 terminal=ssh res=success";

// A login over ssh, a shell with a command, a logout.
void play_session(Pipeline& p) {
  p.fork(50, 1, 1000);
  p.feed(user_record(1100, 1010, 1, 50, kUnsetId, kUnsetId,
                     std::string("op=PAM:authentication acct=\"alice\" ") + kSsh), at_ms(1011));
  p.feed(test::login_record(1020, 2, 50, 1000, 3), at_ms(1021));
  p.reassembler.tick(at_ms(1071));
  p.feed(user_record(1105, 1080, 3, 50, 1000, 3,
                     std::string("op=PAM:session_open acct=\"alice\" ") + kSsh), at_ms(1081));
  p.feed(user_record(1112, 1090, 4, 50, 1000, 3,
                     "op=login id=1000 exe=\"/usr/sbin/sshd\" hostname=192.0.2.7 addr=192.0.2.7 "
                     "terminal=/dev/pts/0 res=success"), at_ms(1091));
  p.fork(60, 50, 1100);
  p.exec({.pid = 60, .ppid = 50, .ms = 1100, .serial = 5, .args = {"-bash"}});
  p.fork(70, 60, 1200);
  p.exec({.pid = 70, .ppid = 60, .ms = 1198, .serial = 6, .args = {"sudo", "id"},
          .exe = "/usr/bin/sudo"});
  p.feed(user_record(1123, 1202, 7, 70, 1000, 3,
                     "cwd=\"/home/alice\" cmd=6964202D75 exe=\"/usr/bin/sudo\" terminal=pts/0 "
                     "res=success"), at_ms(1203));
  p.feed(user_record(1105, 1204, 8, 70, 1000, 3, "op=PAM:session_open acct=\"root\" "
                     "exe=\"/usr/bin/sudo\" hostname=? addr=? terminal=/dev/pts/0 res=success"),
         at_ms(1205));
  p.feed(user_record(1106, 1210, 9, 70, 1000, 3, "op=PAM:session_close acct=\"root\" "
                     "exe=\"/usr/bin/sudo\" hostname=? addr=? terminal=/dev/pts/0 res=success"),
         at_ms(1211));
  p.exit(70, 1220, 1 << 8);
  p.exit(60, 1300);
  p.feed(user_record(1106, 1310, 10, 50, 1000, 3,
                     std::string("op=PAM:session_close acct=\"alice\" ") + kSsh), at_ms(1311));
  p.exit(50, 1320);
  p.drain_and_tick(5000);
}

TEST(Correlator, ASession) {
  Pipeline p;
  p.correlator.set_names(names());
  play_session(p);
  EXPECT_EQ(p.events_closed, 10u);
  EXPECT_EQ(p.ended.size(), 10u);

  const auto auth = p.all<Authentication>();
  ASSERT_EQ(auth.size(), 1u);
  EXPECT_EQ(auth[0]->words, "alice|PAM:authentication|sshd|/usr/sbin/sshd|");
  EXPECT_EQ(auth[0]->address, "192.0.2.7");
  EXPECT_EQ(auth[0]->target, "alice");

  const auto opened = p.all<SessionOpened>();
  ASSERT_EQ(opened.size(), 1u);
  EXPECT_EQ(opened[0]->fact.ses, 3u);
  EXPECT_EQ(opened[0]->fact.auid, 1000u);
  EXPECT_EQ(opened[0]->login_name, "alice");
  EXPECT_EQ(opened[0]->as<SessionOpened>()->process.birth_ns, 1000 * kMs);
  EXPECT_FALSE(opened[0]->as<SessionOpened>()->old_auid);
  EXPECT_EQ(opened[0]->fact.incomplete, 0u);

  const auto facts = p.all<SessionFact>();
  ASSERT_EQ(facts.size(), 4u);
  EXPECT_EQ(facts[0]->words, "alice|ssh|sshd|PAM:session_open|");
  EXPECT_EQ(facts[1]->words, "alice|/dev/pts/0|sshd|login|");  // the name by id=
  EXPECT_EQ(facts[3]->words, "root|/dev/pts/0|sudo|PAM:session_close|");

  const auto commands = p.all<CommandStarted>();
  ASSERT_EQ(commands.size(), 2u);
  EXPECT_EQ(commands[0]->args, (std::vector<std::string>{"-bash"}));
  EXPECT_EQ(ref(commands[0]->as<CommandStarted>()->parent), "none");
  EXPECT_EQ(ref(commands[1]->as<CommandStarted>()->parent), "60#1");
  EXPECT_EQ(commands[0]->as<CommandStarted>()->depth, 0u);
  EXPECT_EQ(commands[1]->as<CommandStarted>()->depth, 1u);
  EXPECT_EQ(commands[1]->as<CommandStarted>()->started_ns, kBootRealtimeNs + 1200 * kMs);
  EXPECT_EQ(commands[1]->fact.time_ns, kBootRealtimeNs + 1198 * kMs);
  EXPECT_EQ(commands[1]->user_name, "root");
  EXPECT_EQ(commands[1]->fact.incomplete, 0u);

  const auto privilege = p.all<PrivilegeChange>();
  ASSERT_EQ(privilege.size(), 1u);
  EXPECT_EQ(privilege[0]->words, "sudo|/usr/bin/sudo|id -u|/home/alice|root|");

  ASSERT_EQ(p.all<SessionClosed>().size(), 1u);
  const auto ended = p.all<ProcessEnded>();
  ASSERT_EQ(ended.size(), 2u);  // not the daemon's child: it ran nothing
  EXPECT_EQ(ended[0]->as<ProcessEnded>()->wait_status, 1u << 8);
  EXPECT_EQ(ended[0]->fact.ses, 3u);
  EXPECT_EQ(ended[0]->as<ProcessEnded>()->ended_ns, kBootRealtimeNs + 1220 * kMs);

  for (size_t i = 0; i < p.facts.size(); ++i) EXPECT_EQ(p.facts[i].fact.order, i + 1);
  EXPECT_EQ(p.correlator.last_order(), p.facts.size());
}

TEST(Correlator, AGuestSeesOnlyItsOwn) {
  Pipeline p;
  p.correlator.set_only_login_uid(1000);
  play_session(p);
  EXPECT_EQ(p.dropped.size(), 1u);  // before the login uid was set
  EXPECT_EQ(p.ended.size(), 9u);
  Pipeline other;
  other.correlator.set_only_login_uid(1001);
  play_session(other);
  EXPECT_TRUE(other.facts.empty());
  EXPECT_EQ(other.dropped.size(), 10u);
  EXPECT_EQ(other.correlator.events_dropped(), 10u);
}

TEST(Correlator, AccountsServicesConfiguration) {
  Pipeline p;
  p.correlator.set_names(names());
  p.feed(user_record(1114, 1, 1, 9, 1000, 3, "op=adding user acct=\"carol\" "
                     "exe=\"/usr/sbin/useradd\" hostname=? addr=? terminal=pts/0 res=success"),
         at_ms(1));
  p.feed(user_record(1115, 1, 2, 9, 1000, 3, "id=1001 exe=\"/usr/sbin/userdel\" res=success"),
         at_ms(1));
  p.feed(user_record(1130, 1, 3, 1, kUnsetId, kUnsetId,
                     "unit=cron comm=\"systemd\" res=success"), at_ms(1));
  const auto kernel = [&](uint16_t type, uint32_t serial, const std::string& body) {
    p.feed({type, test::stamp(1, serial) + body}, at_ms(1));
  };
  kernel(1305, 4, "auid=1000 ses=3 op=add_rule key=\"spoor-exec\" list=4 res=1");
  kernel(1305, 5, "op=set audit_enabled=0 old=1 auid=1000 ses=3 res=0");
  kernel(1701, 6, "auid=1000 uid=7 gid=7 ses=3 pid=8 comm=\"x\" sig=11");
  p.reassembler.flush();
  const auto accounts = p.all<AccountChange>();
  ASSERT_EQ(accounts.size(), 2u);
  EXPECT_EQ(accounts[0]->words, "adding user|carol|/usr/sbin/useradd|");
  EXPECT_EQ(accounts[1]->words, "delete-user|bob|/usr/sbin/userdel|");
  EXPECT_EQ(p.all<Service>().at(0)->words, "cron|start|");
  const auto configs = p.all<AuditConfigChange>();
  ASSERT_EQ(configs.size(), 2u);
  EXPECT_TRUE(configs[0]->as<AuditConfigChange>()->by_spoor);
  EXPECT_EQ(configs[1]->words, "set|audit_enabled|1|0||");
  EXPECT_FALSE(configs[1]->as<AuditConfigChange>()->by_spoor);
  EXPECT_EQ(configs[1]->fact.success, false);
  ASSERT_EQ(p.all<SecurityDecision>().size(), 1u);
  EXPECT_EQ(p.all<SecurityDecision>()[0]->fact.ses, 3u);
}

TEST(Correlator, RefusalsAndFailures) {
  Pipeline p;
  auto refused = test::login_record(1, 1, 9, 1001, kUnsetId);
  refused.text.back() = '0';
  p.feed(refused, at_ms(1));
  p.feed(user_record(1112, 1, 2, 9, kUnsetId, kUnsetId,
                     "op=login acct=\"eve\" exe=\"/usr/sbin/sshd\" hostname=? addr=198.51.100.1 "
                     "terminal=ssh res=failed"), at_ms(1));
  p.fork(20, 1, 5);
  p.exec({.pid = 20, .ms = 6, .serial = 3, .error = 2});
  p.reassembler.flush();
  EXPECT_TRUE(p.all<SessionOpened>().empty());
  ASSERT_EQ(p.all<Authentication>().size(), 2u);
  for (const Seen* seen : p.all<Authentication>()) EXPECT_EQ(seen->fact.success, false);
  const auto command = p.all<CommandStarted>();
  ASSERT_EQ(command.size(), 1u);
  EXPECT_EQ(command[0]->fact.success, false);
  EXPECT_EQ(command[0]->fact.error, 2);
}

TEST(Correlator, AnEventOfSeveralPartsEndsOnce) {
  Pipeline p;
  auto records = test::exec_records({.pid = 20, .ms = 6, .serial = 3});
  records.insert(records.begin(), test::login_record(6, 3, 20, 1000, 3));
  records.insert(records.begin(),
                 {1305, test::stamp(6, 3) + "op=set audit_pid=1 old=0 auid=1000 ses=3 res=1"});
  p.feed(records, at_ms(6));
  ASSERT_EQ(p.facts.size(), 3u);
  EXPECT_EQ(p.ended.size(), 1u);
  EXPECT_FALSE(p.facts[0].fact.ends_event || p.facts[1].fact.ends_event);
  EXPECT_TRUE(p.facts[2].fact.ends_event);
}

TEST(Correlator, ExecWithoutItsSyscallRecord) {
  Pipeline p;
  auto records = test::exec_records({.pid = 20, .ms = 6, .serial = 3});
  records.erase(records.begin());
  p.feed(records, at_ms(6));
  const auto commands = p.all<CommandStarted>();
  ASSERT_EQ(commands.size(), 1u);
  EXPECT_EQ(commands[0]->as<CommandStarted>()->command.exec_number, 0u);
  EXPECT_NE(commands[0]->fact.incomplete & incomplete_bit(Incomplete::syscall_missing), 0u);
  EXPECT_EQ(p.correlator.processes_known(), 0u);
}

// exit_group(status) of x86-64, which never returns.
std::vector<test::Record> exit_records(int64_t ms, uint32_t serial, uint32_t pid,
                                       const std::string& status) {
  return {{1300, test::stamp(ms, serial) + "arch=c000003e syscall=231 a0=" + status +
                     " a1=0 a2=0 a3=0 items=0 ppid=1 pid=" + std::to_string(pid) +
                     " auid=1000 uid=1000 gid=0 euid=1000 suid=0 fsuid=0 egid=0 sgid=0 fsgid=0 "
                     "tty=pts0 ses=3 comm=\"x\" exe=\"/bin/x\" key=(null)"},
          {1320, test::stamp(ms, serial)}};
}

// Whoever plays a log has no connector: what the log says of an end is all there is.
TEST(Correlator, AnEndThatOnlyAuditTells) {
  Pipeline p;
  p.exec({.pid = 60, .ppid = 1, .ms = 1000, .serial = 1, .args = {"a"}});
  p.feed(exit_records(1010, 2, 60, "17f"), at_ms(1011));
  p.feed(exit_records(1012, 3, 60, "1"), at_ms(1013));  // it is gone
  p.feed(exit_records(1014, 4, 61, "1"), at_ms(1015));  // no command of it is known
  p.exec({.pid = 60, .ppid = 1, .ms = 1100, .serial = 5, .args = {"b"}});  // the pid, used again
  p.drain_and_tick(3000);
  const auto ends = p.all<ProcessEnded>();
  ASSERT_EQ(ends.size(), 1u);
  EXPECT_EQ(ends[0]->as<ProcessEnded>()->wait_status, 0x7fu << 8);
  EXPECT_EQ(ends[0]->as<ProcessEnded>()->command.process.pid, 60u);
  EXPECT_EQ(ends[0]->key.serial, 2u);
  EXPECT_EQ(p.all<OtherRecord>().size(), 2u);
  const auto starts = p.all<CommandStarted>();
  ASSERT_EQ(starts.size(), 2u);
  EXPECT_EQ(starts[1]->as<CommandStarted>()->command.exec_number, 1u);
}

// Where there is a connector it knows better: of signals, and to the nanosecond.
TEST(Correlator, AnEndThatTheConnectorWillTellIsToldOnce) {
  Pipeline p;
  p.fork(60, 1, 900);
  p.exec({.pid = 60, .ppid = 1, .ms = 1000, .serial = 1, .args = {"a"}});
  p.feed(exit_records(1010, 2, 60, "3"), at_ms(1011));
  p.exit(60, 1012, 3 << 8);
  p.drain_and_tick(3000);
  EXPECT_EQ(p.all<ProcessEnded>().size(), 1u);
  EXPECT_EQ(p.all<OtherRecord>().size(), 1u);
}

TEST(Correlator, SessionsFoundRunning) {
  Pipeline p;
  p.correlator.set_names(names());
  const std::vector<ProcessFound> found = {
      {60, 50, 2000 * kMs, 1000, 3}, {50, 1, 1000 * kMs, 1000, 3}, {1, 0, 0, kUnsetId, kUnsetId},
      {80, 1, 3000 * kMs, 1001, 4}};
  p.correlator.found(found, at_ms(9000));
  p.correlator.found(found, at_ms(9100));  // known now
  const auto opened = p.all<SessionOpened>();
  ASSERT_EQ(opened.size(), 2u);
  EXPECT_TRUE(opened[0]->as<SessionOpened>()->found_running);
  EXPECT_EQ(opened[0]->as<SessionOpened>()->process.pid, 50u);
  EXPECT_TRUE(opened[0]->as<SessionOpened>()->process.rounded);
  EXPECT_EQ(opened[0]->login_name, "alice");
  EXPECT_EQ(opened[0]->fact.time_ns, kBootRealtimeNs + 1000 * kMs);
  Pipeline guest;
  guest.correlator.set_only_login_uid(1001);
  guest.correlator.found(found, at_ms(9000));
  ASSERT_EQ(guest.all<SessionOpened>().size(), 1u);
  EXPECT_EQ(guest.facts[0].fact.ses, 4u);
}

TEST(Correlator, RestartKeepsWhoIsWho) {
  Pipeline before;
  before.fork(60, 1, 1000);
  before.exec({.pid = 60, .ms = 1001, .serial = 1});
  before.fork(70, 60, 1100);
  before.feed(test::login_record(1200, 2, 60, 1000, 3), at_ms(1200));
  before.reassembler.flush();
  before.feed(user_record(1105, 1201, 3, 60, 1000, 3, "op=PAM:session_open res=success"),
              at_ms(1202));
  const std::string saved = before.correlator.save();

  Pipeline after;
  ASSERT_TRUE(after.correlator.restore(saved).is_ok());
  EXPECT_EQ(after.correlator.save(), saved);
  after.correlator.found(std::vector<ProcessFound>{{60, 1, 1000 * kMs, 1000, 3},
                                                   {70, 60, 1100 * kMs, 1000, 3}}, at_ms(2000));
  EXPECT_TRUE(after.facts.empty());  // nothing is new
  after.exec({.pid = 70, .ms = 3000, .serial = 9});
  const auto commands = after.all<CommandStarted>();
  EXPECT_EQ(ref(commands.at(0)->as<CommandStarted>()->parent), "60#1");
  EXPECT_EQ(commands[0]->as<CommandStarted>()->command.process.birth_ns, 1100 * kMs);
  after.feed(user_record(1106, 3001, 10, 60, 1000, 3, "op=PAM:session_close res=success"),
             at_ms(3002));
  EXPECT_EQ(after.all<SessionClosed>().size(), 1u);
}

TEST(Correlator, RestoreRefusesWhatIsNotItsOwn) {
  Pipeline before;
  play_session(before);
  const std::string saved = before.correlator.save();
  for (size_t i = 0; i < saved.size(); ++i) {
    Pipeline torn;
    ASSERT_EQ(torn.correlator.restore(saved.substr(0, i)).code(), Code::corrupt);
    ASSERT_EQ(torn.correlator.sessions_known() + torn.correlator.processes_known(), 0u);
  }
  Correlator other_boot(Host{.name = "web1", .machine_id = {}, .boot_id = Id{8}, .kernel = ""},
                        [](const Fact&) {});
  EXPECT_EQ(other_boot.restore(saved).code(), Code::corrupt);
}

// `docker exec` has no login: its scope is the container, also of its end.
TEST(Correlator, ACommandInAContainer) {
  Pipeline p;
  p.on_closed = [](AuditEvent& event) {
    ProcessSight seen;
    seen.place = Place::container;
    seen.runtime = "docker";
    seen.container = "abc";
    seen.unit_started_ns = 5;
    event.seen = std::make_shared<const ProcessSight>(seen);
  };
  p.fork(60, 1, 1000);
  p.exec({.pid = 60, .ms = 1001, .serial = 1, .auid = kUnsetId, .ses = kUnsetId});
  Pipeline after;
  ASSERT_TRUE(after.correlator.restore(p.correlator.save()).is_ok());
  for (Pipeline* each : {&p, &after}) {
    each->exit(60, 1100);
    each->drain_and_tick(5000);
    ASSERT_FALSE(each->facts.empty());
    EXPECT_EQ(each->scopes, std::vector<std::string>(each->facts.size(), "abc docker 5"));
    EXPECT_EQ(each->facts.back().fact.attribution.basis, Attribution::Basis::container);
    ASSERT_NE(each->facts.back().as<ProcessEnded>(), nullptr);
  }
}

// podman's containers have the session of who started them; what runs in one is said to, and what
// comes from that, too, also once its parent is forgotten.
TEST(Correlator, AContainerWithinASession) {
  Pipeline p;
  std::vector<uint32_t> asked;
  p.on_closed = [&](AuditEvent& event) {
    if (!p.correlator.may_enter_container(event)) return;
    asked.push_back(event.key.serial);
    ProcessSight seen;
    seen.place = Place::container;
    seen.runtime = "podman";
    seen.container = "abc";
    event.seen = std::make_shared<const ProcessSight>(seen);
  };
  p.fork(60, 1, 1000);
  p.exec({.pid = 60, .ms = 1001, .serial = 1, .exe = "/usr/bin/crun"});
  p.fork(61, 60, 1100);
  p.exec({.pid = 61, .ppid = 60, .ms = 1101, .serial = 2, .exe = "/bin/sh"});
  p.fork(62, 61, 1200);
  p.exec({.pid = 62, .ppid = 61, .ms = 1201, .serial = 3, .exe = "/bin/ls"});
  EXPECT_EQ(asked, std::vector<uint32_t>{2});
  p.exit(61, 1300);
  p.drain_and_tick(9000);
  p.exit(62, 9100);
  p.drain_and_tick(19'000);
  std::string runtimes;
  for (const std::string& scope : p.scopes) runtimes += scope + ";";
  // crun itself is the host's; then a start each, and an end each. The scope stays the session.
  EXPECT_EQ(runtimes, "  0; podman 0; podman 0; podman 0; podman 0;");
}

// It took its login off, or PAM gave it none: it still descends from a session.
TEST(Correlator, ACommandWhoseAncestorHasASession) {
  Pipeline p;
  p.fork(60, 1, 1000);
  p.exec({.pid = 60, .ms = 1001, .serial = 1});
  p.fork(70, 60, 1100);
  p.exec({.pid = 70, .ppid = 60, .ms = 1101, .serial = 2, .auid = kUnsetId, .ses = kUnsetId});
  p.fork(80, 1, 1200);
  p.exec({.pid = 80, .ms = 1201, .serial = 3, .auid = kUnsetId, .ses = kUnsetId});
  ASSERT_EQ(p.facts.size(), 3u);
  EXPECT_EQ(p.facts[0].fact.attribution.basis, Attribution::Basis::record);
  EXPECT_EQ(p.facts[1].fact.ses, 3u);
  EXPECT_EQ(p.facts[1].fact.attribution.basis, Attribution::Basis::ancestor);
  EXPECT_EQ(p.facts[1].fact.attribution.confidence, Attribution::Confidence::likely);
  EXPECT_EQ(p.facts[2].fact.ses, kUnsetId);
}

// A command ends as what it began as, whatever its process did since; over a restart, too.
TEST(Correlator, ACommandOfOneThatGaveUpHisLoginUid) {
  Pipeline p;
  p.fork(60, 1, 1000);
  p.feed(test::login_record(1001, 4, 60, 1000, 3), at_ms(1001));
  p.drain_and_tick(1070);
  p.exec({.pid = 60, .ms = 1080, .serial = 1});
  const std::string head = test::stamp(1100, 2);
  p.feed({1006, head + "pid=60 uid=0 old-auid=1000 auid=4294967295 tty=(none) old-ses=3 "
                       "ses=4294967295 res=1"}, at_ms(1101));
  p.drain_and_tick(1300);
  p.fork(70, 60, 1400);
  p.exec({.pid = 70, .ppid = 60, .ms = 1401, .serial = 3, .auid = kUnsetId, .ses = kUnsetId});
  EXPECT_EQ(p.facts.back().as<CommandStarted>()->depth, 1u);
  Pipeline after;
  ASSERT_TRUE(after.correlator.restore(p.correlator.save()).is_ok());
  for (Pipeline* each : {&p, &after}) {
    each->exit(60, 1500);
    each->exit(70, 1510);
    each->drain_and_tick(9000);
    const auto ends = each->all<ProcessEnded>();
    ASSERT_EQ(ends.size(), 2u);
    EXPECT_EQ(ends[0]->fact.ses, 3u);
    EXPECT_EQ(ends[0]->fact.auid, 1000u);
    EXPECT_EQ(ends[0]->fact.attribution.basis, Attribution::Basis::record);
    EXPECT_EQ(ends[1]->fact.ses, 3u);
    EXPECT_EQ(ends[1]->fact.auid, kUnsetId);
    EXPECT_EQ(ends[1]->fact.attribution.basis, Attribution::Basis::ancestor);
    EXPECT_EQ(ends[1]->fact.attribution.confidence, Attribution::Confidence::likely);
  }
}

// A daemon's child gets the pid of a session's at once: its exec is its own, and not of a session.
TEST(Correlator, AnExecUnderThePidOfASessionsProcess) {
  Pipeline p;
  p.fork(70, 1, 1000);
  p.exec({.pid = 70, .ms = 1001, .serial = 1});
  p.exit(70, 1020);
  p.fork(70, 1, 1021);
  p.exec({.pid = 70, .ms = 1021, .serial = 2, .auid = kUnsetId, .ses = kUnsetId});
  EXPECT_EQ(p.facts.back().as<CommandStarted>()->command.process.birth_ns, 1021 * kMs);
  EXPECT_EQ(p.facts.back().fact.ses, kUnsetId);
  EXPECT_EQ(p.facts.back().fact.attribution.basis, Attribution::Basis::record);
}

// What he starts a container for is the container's, from its first command to its last end.
TEST(Correlator, AContainerOfOneThatGaveUpHisLoginUid) {
  Pipeline p;
  p.on_closed = [](AuditEvent& event) {
    if (!event.syscall || event.syscall->pid != 70) return;
    ProcessSight seen;
    seen.place = Place::container;
    seen.container = "abc";
    event.seen = std::make_shared<const ProcessSight>(seen);
  };
  p.fork(60, 1, 1000);
  p.exec({.pid = 60, .ms = 1001, .serial = 1});
  p.exec({.pid = 60, .ms = 1100, .serial = 2, .auid = kUnsetId, .ses = kUnsetId});
  p.fork(70, 60, 1400);
  p.exec({.pid = 70, .ppid = 60, .ms = 1401, .serial = 3, .auid = kUnsetId, .ses = kUnsetId});
  p.exit(70, 1510);
  p.drain_and_tick(9000);
  EXPECT_EQ(p.facts[1].fact.ses, 3u);
  ASSERT_NE(p.facts.back().as<ProcessEnded>(), nullptr);
  for (const size_t i : {p.facts.size() - 2, p.facts.size() - 1}) {
    EXPECT_EQ(p.facts[i].fact.ses, kUnsetId);
    EXPECT_EQ(p.facts[i].fact.attribution.basis, Attribution::Basis::container);
    EXPECT_EQ(p.scopes[i], "abc  0");
  }
}

// A login's monitor executed before it had a session: that command ends as nobody's, too.
TEST(Correlator, ACommandBeforeTheLoginEndsOutsideOfIt) {
  Pipeline p;
  p.fork(60, 1, 1000);
  p.exec({.pid = 60, .ms = 1001, .serial = 1, .auid = kUnsetId, .ses = kUnsetId});
  p.feed(test::login_record(1100, 2, 60, 1000, 3), at_ms(1101));
  p.drain_and_tick(1300);
  p.exit(60, 1500);
  p.drain_and_tick(9000);
  const auto ends = p.all<ProcessEnded>();
  ASSERT_EQ(ends.size(), 1u);
  EXPECT_EQ(ends[0]->fact.ses, kUnsetId);
  EXPECT_EQ(ends[0]->fact.auid, kUnsetId);
}

TEST(Correlator, ASetUserIdProgramIsAChangeOfPrivilege) {
  Pipeline p;
  p.correlator.set_names(names());
  p.fork(60, 1, 1000);
  auto records = test::exec_records({.pid = 60, .ms = 1001, .serial = 1, .exe = "/usr/bin/mount"});
  for (auto& record : records) {
    const size_t at = record.text.find("mode=0100755");
    if (at != std::string::npos) record.text.replace(at, 12, "mode=0104755");
  }
  p.feed(records, at_ms(1005));
  ASSERT_EQ(p.facts.size(), 2u);
  EXPECT_EQ(p.ended.size(), 1u);
  EXPECT_FALSE(p.facts[0].fact.ends_event);
  EXPECT_EQ(p.facts[1].trace,
            "3 privilege by=set-user-id account=root authority=alice tty=pts0 1000->0 cause=60#1");
}

// Executes `exe`, whose file has the bit.
void exec_raised(Pipeline& p, uint32_t pid, int64_t ms, uint32_t serial, const std::string& exe) {
  auto records = test::exec_records({.pid = pid, .ms = ms, .serial = serial, .exe = exe});
  for (auto& record : records) {
    const size_t at = record.text.find("mode=0100755");
    if (at != std::string::npos) record.text.replace(at, 12, "mode=0104755");
  }
  p.feed(records, at_ms(ms + 5));
}

// Who breaks sudo says nothing of what he does.
TEST(Correlator, ASudoThatSaysNothingAndExecutesWasTakenOver) {
  Pipeline p;
  p.correlator.set_names(names());
  p.fork(60, 1, 1000);
  exec_raised(p, 60, 1001, 1, "/usr/bin/sudo");
  EXPECT_EQ(p.all<PrivilegeChange>().size(), 0u) << "it may still say so itself";
  p.fork(61, 60, 1100);
  p.exec({.pid = 61, .ppid = 60, .ms = 1101, .serial = 2, .args = {"sh"}, .exe = "/bin/sh"});
  const auto changes = p.all<PrivilegeChange>();
  ASSERT_EQ(changes.size(), 1u);
  EXPECT_EQ(changes[0]->trace,
            "3 privilege by=set-user-id account=root authority=alice tty=pts0 1000->0 cause=60#1");
  p.exec({.pid = 61, .ppid = 60, .ms = 1201, .serial = 3, .args = {"id"}, .exe = "/usr/bin/id"});
  EXPECT_EQ(p.all<PrivilegeChange>().size(), 1u);
}

TEST(Correlator, ASudoThatSpeaksIsToldByItsWordAlone) {
  Pipeline p;
  p.correlator.set_names(names());
  p.fork(60, 1, 1000);
  exec_raised(p, 60, 1001, 1, "/usr/bin/sudo");
  p.feed(user_record(1123, 1050, 2, 60, 1000, 3,
                     "cwd=\"/\" cmd=6964 exe=\"/usr/bin/sudo\" terminal=pts/0 res=success"),
         at_ms(1051));
  p.fork(61, 60, 1100);
  p.exec({.pid = 61, .ppid = 60, .ms = 1101, .serial = 3, .args = {"id"}, .exe = "/usr/bin/id"});
  p.drain_and_tick(9000);
  const auto changes = p.all<PrivilegeChange>();
  ASSERT_EQ(changes.size(), 1u);
  EXPECT_EQ(changes[0]->words, "sudo|/usr/bin/sudo|id|/||");
}

// A copy of a shell under su's name.
TEST(Correlator, ANameAloneHidesNoSetUserIdProgram) {
  Pipeline p;
  p.correlator.set_names(names());
  p.fork(60, 1, 1000);
  exec_raised(p, 60, 1001, 1, "/tmp/su");
  ASSERT_EQ(p.all<PrivilegeChange>().size(), 1u);
  EXPECT_EQ(p.all<PrivilegeChange>()[0]->words, "set-user-id|/tmp/su|||root|");
}

// A shell in session 5 that got a new login uid: its command ends where it began.
TEST(Correlator, ACommandEndsInTheSessionThatItBeganIn) {
  Pipeline p;
  p.correlator.set_names(names());
  p.fork(60, 1, 1000);
  p.exec({.pid = 60, .ms = 1001, .serial = 1, .args = {"bash"}});
  const uint32_t began = p.facts.back().fact.ses;
  p.feed(test::login_record(1100, 2, 60, 1001, 9), at_ms(1101));
  p.drain_and_tick(1200);
  p.exit(60, 1300);
  p.drain_and_tick(5000);
  const auto ended = p.all<ProcessEnded>();
  ASSERT_EQ(ended.size(), 1u);
  EXPECT_NE(began, 9u);
  EXPECT_EQ(ended[0]->fact.ses, began);
  EXPECT_EQ(ended[0]->login_name, "alice");
}

TEST(Correlator, OrderIsCountedInOnePlace) {
  Pipeline p;
  Fact own;
  own.kind = AgentState{.change = AgentState::Change::started};
  EXPECT_EQ(p.correlator.emit(own), 1u);
  p.exec({.pid = 20, .ms = 6, .serial = 3});
  EXPECT_EQ(p.facts.back().fact.order, 2u);
  EXPECT_EQ(p.correlator.last_order(), 2u);
}

// One load of commands, told in any order that the two sockets allow: every command comes out once,
// under its own birth, with its own parent and its own end.
TEST(Correlator, AnyOrderOfTheTwoSockets) {
  std::mt19937 generator(1234);
  const auto random = [&](uint32_t n) { return static_cast<uint32_t>(generator() % n); };
  struct Step {
    int64_t ms;
    std::function<void(Pipeline&)> play;
  };
  for (int round = 0; round < 300; ++round) {
    std::vector<Step> connector, audit;
    connector.push_back({0, [](Pipeline& p) { p.fork(2, 1, 0); }});
    audit.push_back({1, [](Pipeline& p) { p.exec({.pid = 2, .ms = 1, .serial = 1}); }});
    constexpr uint32_t kCommands = 40;
    for (uint32_t i = 0; i < kCommands; ++i) {
      const uint32_t pid = 10 + i % 5;  // each pid comes again after 200 ms
      const int64_t born = 20 + 40 * static_cast<int64_t>(i), coarse = born - random(5);
      const int64_t ended = born + 30 + random(100);
      connector.push_back({born, [=](Pipeline& p) { p.fork(pid, 2, born); }});
      audit.push_back({coarse + 6, [=](Pipeline& p) {
        p.feed(test::exec_records({.pid = pid, .ppid = 2, .ms = coarse, .serial = 10 + i,
                                   .args = {std::to_string(i)}}), at_ms(born + 80));
      }});
      connector.push_back({ended, [=](Pipeline& p) { p.exit(pid, ended, i << 8); }});
    }
    const auto by_time = [](const Step& a, const Step& b) { return a.ms < b.ms; };
    std::stable_sort(connector.begin(), connector.end(), by_time);
    Pipeline p;
    size_t c = 0, a = 0;
    while (c < connector.size() || a < audit.size()) {
      // The connector is at least as far as the audit socket, and any way ahead of it.
      const bool more = c < connector.size();
      const bool behind = a == audit.size() || (more && connector[c].ms <= audit[a].ms);
      if (more && (behind || random(3) == 0)) {
        connector[c++].play(p);
      } else {
        audit[a++].play(p);
      }
    }
    p.drain_and_tick(60'000);
    const auto commands = p.all<CommandStarted>();
    const auto ended = p.all<ProcessEnded>();
    ASSERT_EQ(commands.size(), kCommands + 1);
    ASSERT_EQ(ended.size(), kCommands);
    for (const Seen* seen : commands) {
      const auto& started = *seen->as<CommandStarted>();
      if (started.command.process.pid == 2) continue;
      const int i = std::stoi(seen->args.at(0));
      ASSERT_EQ(started.command.process.birth_ns, (20 + 40 * i) * kMs);
      ASSERT_EQ(started.command.exec_number, 1u);
      ASSERT_EQ(ref(started.parent), "2#1");
      ASSERT_EQ(std::count_if(ended.begin(), ended.end(), [&](const Seen* end) {
        const auto& e = *end->as<ProcessEnded>();
        return e.command.process == started.command.process &&
               e.wait_status == static_cast<uint32_t>(i) << 8 && e.seen;
      }), 1);
    }
  }
}

}  // namespace
}  // namespace spoor::agent
