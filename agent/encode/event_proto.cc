#include "agent/encode/event_proto.h"

#include <libaudit.h>

#include <string>

#include "agent/encode/session_uid.h"
#include "agent/limits.h"
#include "common/clock.h"
#include "spoor/v1/event.pb.h"

namespace spoor::agent {
namespace {

// The numbers of model.h and of the schema are the same; these would fail to compile otherwise.
static_assert(static_cast<int>(Incomplete::late) == v1::INCOMPLETE_LATE);
static_assert(static_cast<int>(Incomplete::exit_unseen) == v1::INCOMPLETE_EXIT_UNSEEN);
static_assert(static_cast<int>(Loss::Cause::unknown_gap) == v1::Loss::CAUSE_UNKNOWN_GAP);
static_assert(static_cast<int>(Loss::Scope::spool) == v1::Loss::SCOPE_SPOOL);
static_assert(static_cast<int>(AgentState::Change::records_recovered) ==
              v1::AgentState::CHANGE_RECORDS_RECOVERED);
static_assert(static_cast<int>(SessionClosed::Cause::last_process) ==
              v1::SessionClosed::CAUSE_LAST_PROCESS);

void set(std::string* to, std::string_view from) { to->assign(from.data(), from.size()); }

// For fields of type `string`, which must be UTF-8 or the whole event would not parse: what a
// hostile record put there is written with \xNN. Its text has the bytes.
void set_utf8(std::string* to, std::string_view from) {
  if (is_utf8(from)) return set(to, from);
  to->clear();
  for (const char c : from) {
    if (static_cast<uint8_t>(c) < 0x80) to->push_back(c);
    else *to += "\\x" + to_hex(as_bytes({&c, 1}));
  }
}

void fill_key(const ProcessKey& from, v1::ProcessKey& to) {
  to.set_pid(from.pid);
  to.set_birth_ns(static_cast<uint64_t>(from.birth_ns));
  to.set_rounded(from.rounded);
}

void fill_ref(const CommandRef& from, v1::CommandRef& to) {
  fill_key(from.process, *to.mutable_process());
  to.set_exec_number(from.exec_number);
}

void fill_path(const AuditEvent& event, const PathFields& from, v1::PathItem& to) {
  to.set_item(from.item);
  if (from.name) set(to.mutable_name(), event.bytes(*from.name));
  set_utf8(to.mutable_nametype(), event.bytes(from.nametype));
  set_utf8(to.mutable_device(), event.bytes(from.device));
  to.set_inode(from.inode);
  to.set_mode(from.mode);
  to.set_owner_uid(from.owner_uid);
  to.set_owner_gid(from.owner_gid);
  to.set_cap_fe(from.cap_fe);
  to.set_cap_fp(from.cap_fp);
}

const char* syscall_name(const SyscallFields& s) {
  const int machine = audit_elf_to_machine(s.arch);
  const char* name = machine < 0 ? nullptr
                                 : audit_syscall_to_name(static_cast<int>(s.number), machine);
  return name == nullptr ? "" : name;
}

std::string record_type_name(uint16_t type) {
  const char* name = audit_msg_type_to_name(type);
  return name != nullptr ? name : "UNKNOWN[" + std::to_string(type) + "]";
}

void fill_credentials(const SyscallFields& s, v1::Credentials& to) {
  to.set_uid(s.uid);
  to.set_gid(s.gid);
  to.set_euid(s.euid);
  to.set_egid(s.egid);
  to.set_suid(s.suid);
  to.set_sgid(s.sgid);
  to.set_fsuid(s.fsuid);
  to.set_fsgid(s.fsgid);
}

// One overload a kind; `audit` is null where no record caused the fact.
struct KindFiller {
  const Fact& fact;
  const AuditEvent* audit;
  const Host& host;
  v1::Event& event;

  void operator()(const CommandStarted& from) const {
    v1::CommandStarted& to = *event.mutable_command_started();
    fill_ref(from.command, *to.mutable_command());
    if (from.parent) fill_ref(*from.parent, *to.mutable_parent());
    to.set_started_ns(from.started_ns);
    to.set_born_ns(from.born_ns);
    if (audit == nullptr) return;
    if (audit->exec) {
      to.set_argc(audit->exec->argc);
      to.mutable_args()->Reserve(static_cast<int>(audit->exec->args.size()));
      for (const ExecArgument& arg : audit->exec->args) set(to.add_args(), audit->bytes(arg.value));
    }
    if (audit->cwd) set(to.mutable_cwd(), audit->bytes(*audit->cwd));
    for (const PathFields& path : audit->paths) fill_path(*audit, path, *to.add_paths());
    if (!audit->syscall) return;
    const SyscallFields& s = *audit->syscall;
    to.set_parent_pid(s.ppid);
    set(to.mutable_exe(), audit->bytes(s.exe));
    set(to.mutable_comm(), audit->bytes(s.comm));
    set(to.mutable_terminal(), audit->bytes(s.tty));
    fill_credentials(s, *to.mutable_credentials());
    to.set_syscall(syscall_name(s));
    to.set_arch(s.arch);
  }
  void operator()(const ProcessEnded& from) const {
    v1::ProcessEnded& to = *event.mutable_process_ended();
    fill_key(from.command.process, *to.mutable_process());
    fill_ref(from.command, *to.mutable_command());
    to.set_born_ns(from.born_ns);
    to.set_ended_ns(from.ended_ns);
    if (!from.seen) return;
    // wait(2)'s status: the signal in the low seven bits, or the code in the next byte.
    const uint32_t signal = from.wait_status & 0x7f;
    if (signal != 0) to.set_signal(signal);
    else to.set_exit_code(from.wait_status >> 8 & 0xff);
    to.set_core_dumped((from.wait_status & 0x80) != 0);
  }
  void operator()(const SessionOpened& from) const {
    v1::SessionOpened& to = *event.mutable_session_opened();
    if (from.old_auid) to.set_old_login_uid(*from.old_auid);
    if (from.old_ses) to.set_old_ses(*from.old_ses);
    set(to.mutable_terminal(), from.terminal);
    fill_key(from.process, *to.mutable_process());
    to.set_found_running(from.found_running);
    to.set_host(host.name);
    set(to.mutable_machine_id(), as_text(host.machine_id));
  }
  void operator()(const SessionFact& from) const {
    v1::SessionFact& to = *event.mutable_session_fact();
    set(to.mutable_account(), from.account);
    set(to.mutable_terminal(), from.terminal);
    set_utf8(to.mutable_service(), from.service);
    set_utf8(to.mutable_step(), from.step);
  }
  void operator()(const SessionClosed& from) const {
    event.mutable_session_closed()->set_cause(static_cast<v1::SessionClosed::Cause>(from.cause));
  }
  void operator()(const Authentication& from) const {
    v1::Authentication& to = *event.mutable_authentication();
    set(to.mutable_account(), from.account);
    set_utf8(to.mutable_step(), from.step);
    set_utf8(to.mutable_service(), from.service);
    set(to.mutable_exe(), from.exe);
    to.set_pid(from.pid);
  }
  void operator()(const PrivilegeChange& from) const {
    v1::PrivilegeChange& to = *event.mutable_privilege_change();
    to.set_from_uid(from.from_uid);
    to.set_to_uid(from.to_uid);
    set(to.mutable_to_account(), from.account);
    set_utf8(to.mutable_by(), from.by);
    set(to.mutable_program(), from.program);
    set(to.mutable_command(), from.command);
    set(to.mutable_cwd(), from.cwd);
  }
  void operator()(const AccountChange& from) const {
    v1::AccountChange& to = *event.mutable_account_change();
    set_utf8(to.mutable_operation(), from.operation);
    set(to.mutable_account(), from.account);
    if (from.id) to.set_id(*from.id);
    set(to.mutable_program(), from.program);
  }
  void operator()(const AuditConfigChange& from) const {
    v1::AuditConfigChange& to = *event.mutable_audit_config_change();
    set_utf8(to.mutable_operation(), from.operation);
    set_utf8(to.mutable_setting(), from.setting);
    set_utf8(to.mutable_old_value(), from.old_value);
    set_utf8(to.mutable_new_value(), from.new_value);
    set_utf8(to.mutable_rule_key(), from.rule_key);
    to.set_by_spoor(from.by_spoor);
  }
  void operator()(const Service& from) const {
    v1::Service& to = *event.mutable_service();
    set(to.mutable_unit(), from.unit);
    set_utf8(to.mutable_operation(), from.operation);
  }
  void operator()(const Loss& from) const {
    v1::Loss& to = *event.mutable_loss();
    to.set_scope(static_cast<v1::Loss::Scope>(from.scope));
    to.set_cause(static_cast<v1::Loss::Cause>(from.cause));
    set(to.mutable_unit(), from.unit);
    to.set_count(from.count);
    to.set_exact(from.exact);
    to.set_first(from.first);
    to.set_last(from.last);
    to.set_order_before(from.order_before);
    to.set_order_after(fact.order);
    to.set_from_ns(from.from_ns);
    to.set_until_ns(from.until_ns);
  }
  void operator()(const AgentState& from) const {
    v1::AgentState& to = *event.mutable_agent_state();
    to.set_change(static_cast<v1::AgentState::Change>(from.change));
    set_utf8(to.mutable_detail(), from.detail);
    to.set_other_pid(from.other_pid);
    set(to.mutable_other_exe(), from.other_exe);
    to.set_count(from.count);
    to.set_version(SPOOR_VERSION);
    to.set_host(host.name);
    set(to.mutable_machine_id(), as_text(host.machine_id));
    set(to.mutable_boot_id(), as_text(host.boot_id));
    to.set_rules(from.rules);
    to.set_kernel(host.kernel);
  }
  void operator()(const OtherRecord&) const {
    v1::OtherRecord& to = *event.mutable_other_record();
    if (audit == nullptr) return;
    if (!audit->records.empty()) to.set_record_type(record_type_name(audit->records[0].type));
    if (audit->cwd) set(to.mutable_cwd(), audit->bytes(*audit->cwd));
    for (const PathFields& path : audit->paths) fill_path(*audit, path, *to.add_paths());
    if (audit->syscall) {
      to.set_pid(audit->syscall->pid);
      to.set_syscall(syscall_name(*audit->syscall));
      set(to.mutable_exe(), audit->bytes(audit->syscall->exe));
    } else if (audit->user) {
      to.set_pid(audit->user->pid);
      set(to.mutable_exe(), audit->bytes(audit->user->exe));
    }
  }
};

void fill_actor(const Fact& fact, v1::Event& into) {
  if (!fact.uid && fact.auid == kUnsetId) return;
  v1::Actor& actor = *into.mutable_actor();
  actor.set_realm(v1::Actor::REALM_HOST);
  if (fact.uid) actor.set_id(std::to_string(*fact.uid));
  set(actor.mutable_name(), fact.user_name);
  if (fact.auid != kUnsetId) actor.set_login_uid(fact.auid);
  set(actor.mutable_login_name(), fact.login_name);
}

void fill_endpoints(const Fact& fact, v1::Event& into) {
  if (!fact.source_address.empty() || !fact.source_hostname.empty() ||
      !fact.source_terminal.empty()) {
    v1::Endpoint& source = *into.mutable_source();
    set_utf8(source.mutable_address(), fact.source_address);
    set(source.mutable_hostname(), fact.source_hostname);
    set(source.mutable_terminal(), fact.source_terminal);
  }
  if (!fact.target_kind.empty()) {
    set_utf8(into.mutable_target()->mutable_kind(), fact.target_kind);
    set(into.mutable_target()->mutable_name(), fact.target_name);
  }
  if (fact.success) {
    into.mutable_outcome()->set_result(*fact.success ? v1::Outcome::RESULT_SUCCESS
                                                     : v1::Outcome::RESULT_FAILURE);
    into.mutable_outcome()->set_error(fact.error);
  }
}

}  // namespace

EventClass class_of(const Fact& fact) {
  struct {
    EventClass operator()(const CommandStarted&) const { return EventClass::command; }
    EventClass operator()(const ProcessEnded&) const { return EventClass::command; }
    EventClass operator()(const Service&) const { return EventClass::command; }
    EventClass operator()(const OtherRecord&) const { return EventClass::activity; }
    EventClass operator()(const SessionOpened&) const { return EventClass::access; }
    EventClass operator()(const SessionFact&) const { return EventClass::access; }
    EventClass operator()(const SessionClosed&) const { return EventClass::access; }
    EventClass operator()(const Authentication&) const { return EventClass::access; }
    EventClass operator()(const PrivilegeChange&) const { return EventClass::access; }
    EventClass operator()(const AccountChange&) const { return EventClass::access; }
    EventClass operator()(const AuditConfigChange&) const { return EventClass::access; }
    EventClass operator()(const Loss&) const { return EventClass::access; }
    EventClass operator()(const AgentState&) const { return EventClass::access; }
  } const classify;
  return std::visit(classify, fact.kind);
}

void fill_event(const Fact& fact, const Host& host, v1::Event& into) {
  into.Clear();
  into.set_order(fact.order);
  into.set_time_ns(fact.time_ns);
  into.mutable_read()->set_realtime_ns(fact.read.realtime_ns);
  into.mutable_read()->set_boottime_ns(fact.read.boottime_ns);
  if (fact.audit != nullptr) {
    v1::KernelEvent& kernel = *into.mutable_kernel();
    set(kernel.mutable_boot_id(), as_text(host.boot_id));
    kernel.set_time_ms(fact.audit->key.time_ms);
    kernel.set_serial(fact.audit->key.serial);
    // The kernel's stamp lies up to a tick before the event.
    into.mutable_origin()->set_before_start(
        fact.audit->key.time_ms * kNsPerMs + kAuditTickNs < host.reading_since_ns);
  }
  fill_actor(fact, into);
  if (fact.ses != kUnsetId) {
    set(into.mutable_session_uid(), as_text(session_uid(host, fact.ses)));
    into.mutable_session()->set_ses(fact.ses);
  }
  fill_endpoints(fact, into);
  v1::Origin& origin = *into.mutable_origin();
  origin.set_writer(v1::Origin::WRITER_AGENT);
  set_utf8(origin.mutable_source(), fact.origin);
  if (fact.audit != nullptr && fact.audit->syscall) {
    set_utf8(origin.mutable_rule_key(), fact.audit->bytes(fact.audit->syscall->key));
  }
  for (uint32_t bit = 1; bit < 32; ++bit) {
    if (fact.incomplete >> bit & 1) into.add_incomplete(static_cast<v1::Incomplete>(bit));
  }
  std::visit(KindFiller{fact, fact.audit, host, into}, fact.kind);
}

void fill_text(const Fact& fact, v1::EventText& into) {
  into.Clear();
  if (fact.audit == nullptr) return;
  for (const AuditEvent::Record& record : fact.audit->records) {
    v1::EventText::Record& to = *into.add_records();
    to.set_type(record.type);
    set(to.mutable_text(), fact.audit->record_text(record));
  }
  into.set_records_cut(fact.audit->records_cut);
}

}  // namespace spoor::agent
