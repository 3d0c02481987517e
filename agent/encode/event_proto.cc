#include "agent/encode/event_proto.h"

#include <string>

#include "agent/encode/record_proto.h"
#include "agent/encode/session_uid.h"
#include "agent/limits.h"
#include "common/audit/names.h"
#include "common/clock.h"
#include "spoor/v1/event.pb.h"

namespace spoor::agent {
namespace {

// The numbers of model.h and of the schema are the same; these would fail to compile otherwise.
static_assert(static_cast<int>(Incomplete::place_unknown) == v1::INCOMPLETE_PLACE_UNKNOWN);
static_assert(static_cast<int>(Incomplete::exit_unseen) == v1::INCOMPLETE_EXIT_UNSEEN);
static_assert(static_cast<int>(Loss::Cause::unknown_gap) == v1::Loss::CAUSE_UNKNOWN_GAP);
static_assert(static_cast<int>(Loss::Scope::spool) == v1::Loss::SCOPE_SPOOL);
static_assert(static_cast<int>(Loss::Scope::agent) == v1::Loss::SCOPE_AGENT);
static_assert(static_cast<int>(Loss::Cause::crash) == v1::Loss::CAUSE_CRASH);
static_assert(static_cast<int>(AgentState::Change::records_recovered) ==
              v1::AgentState::CHANGE_RECORDS_RECOVERED);
static_assert(static_cast<int>(SessionClosed::Cause::last_process) ==
              v1::SessionClosed::CAUSE_LAST_PROCESS);

void put_key(WireWriter& w, int field, const ProcessKey& key) {
  using M = v1::ProcessKey;
  w.message(field, [&] {
    w.fixed32(M::kPidFieldNumber, key.pid);
    w.fixed64(M::kBirthNsFieldNumber, key.birth_ns);
    w.number(M::kRoundedFieldNumber, key.rounded);
  });
}

void put_ref(WireWriter& w, int field, const CommandRef& ref) {
  using M = v1::CommandRef;
  w.message(field, [&] {
    put_key(w, M::kProcessFieldNumber, ref.process);
    w.number(M::kExecNumberFieldNumber, ref.exec_number);
  });
}

void put_credentials(WireWriter& w, int field, const SyscallFields& s) {
  using M = v1::Credentials;
  w.message(field, [&] {
    w.number(M::kUidFieldNumber, s.uid);
    w.number(M::kGidFieldNumber, s.gid);
    w.number(M::kEuidFieldNumber, s.euid);
    w.number(M::kEgidFieldNumber, s.egid);
    w.number(M::kSuidFieldNumber, s.suid);
    w.number(M::kSgidFieldNumber, s.sgid);
    w.number(M::kFsuidFieldNumber, s.fsuid);
    w.number(M::kFsgidFieldNumber, s.fsgid);
  });
}

// Arguments that stand empty or cut in `args` because not all of them came.
void put_argument_gaps(WireWriter& w, const ExecFields& exec) {
  using M = v1::CommandStarted;
  size_t told = 0;
  const auto put = [&](int field, auto&& wanted) {
    for (uint32_t i = 0; i < exec.args.size() && told < kArgumentGapsMax; ++i) {
      if (!wanted(exec.args[i])) continue;
      w.has_number(field, i);
      ++told;
    }
  };
  put(M::kArgsMissingFieldNumber, [](const ExecArgument& arg) { return !arg.present; });
  put(M::kArgsCutFieldNumber, [](const ExecArgument& arg) { return arg.cut; });
}

// One overload a kind: its number in Event.kind, and its fields. `audit` is null where no record
// caused the fact.
struct KindWriter {
  const Fact& fact;
  const AuditEvent* audit;
  const Host& host;
  WireWriter& w;

  std::string_view bytes(Slice slice) const { return audit->bytes(slice); }

  void operator()(const CommandStarted& from) const {
    using M = v1::CommandStarted;
    const SyscallFields* s = audit != nullptr && audit->syscall ? &*audit->syscall : nullptr;
    w.message(v1::Event::kCommandStartedFieldNumber, [&] {
      put_ref(w, M::kCommandFieldNumber, from.command);
      if (from.parent) put_ref(w, M::kParentFieldNumber, *from.parent);
      if (s != nullptr) w.fixed32(M::kParentPidFieldNumber, s->ppid);
      if (audit != nullptr && audit->exec) {
        for (const ExecArgument& arg : audit->exec->args) {
          w.has_bytes(M::kArgsFieldNumber, bytes(arg.value));
        }
        w.number(M::kArgcFieldNumber, audit->exec->argc.value_or(0));
      }
      if (s != nullptr) {
        w.bytes(M::kExeFieldNumber, bytes(s->exe));
        w.bytes(M::kCommFieldNumber, bytes(s->comm));
      }
      if (audit != nullptr && audit->cwd) w.bytes(M::kCwdFieldNumber, bytes(*audit->cwd));
      if (s != nullptr) {
        w.bytes(M::kTerminalFieldNumber, bytes(s->tty));
        put_credentials(w, M::kCredentialsFieldNumber, *s);
      }
      if (audit != nullptr) put_paths(w, M::kPathsFieldNumber, *audit);
      if (s != nullptr) {
        w.bytes(M::kSyscallFieldNumber, syscall_name(s->arch, s->number));
        w.fixed32(M::kArchFieldNumber, s->arch);
      }
      w.fixed64(M::kStartedNsFieldNumber, from.started_ns);
      w.fixed64(M::kBornNsFieldNumber, from.born_ns);
      if (audit != nullptr) put_call(*audit);
    });
  }
  // What a command's records say beside all that.
  void put_call(const AuditEvent& event) const {
    using M = v1::CommandStarted;
    if (event.syscall) {
      const std::string_view call = syscall_name(event.syscall->arch, event.syscall->number);
      if (call == "execveat") {
        for (const uint64_t arg : event.syscall->args) w.has_number(M::kCallArgsFieldNumber, arg);
      }
      w.number(M::kItemsFieldNumber, event.syscall->items);
      w.utf8(M::kSubjectFieldNumber, bytes(event.syscall->subject));
    }
    constexpr uint32_t kGaps = 1u << static_cast<int>(Incomplete::args_missing) |
                               1u << static_cast<int>(Incomplete::arg_cut);
    if (event.exec && (fact.incomplete & kGaps) != 0) put_argument_gaps(w, *event.exec);
  }
  void operator()(const ProcessEnded& from) const {
    using M = v1::ProcessEnded;
    w.message(v1::Event::kProcessEndedFieldNumber, [&] {
      put_key(w, M::kProcessFieldNumber, from.command.process);
      put_ref(w, M::kCommandFieldNumber, from.command);
      if (from.seen) {
        // wait(2)'s status: the signal in the low seven bits, or the code in the next byte.
        const uint32_t signal = from.wait_status & 0x7f;
        if (signal != 0) w.has_number(M::kSignalFieldNumber, signal);
        else w.has_number(M::kExitCodeFieldNumber, from.wait_status >> 8 & 0xff);
        w.number(M::kCoreDumpedFieldNumber, (from.wait_status & 0x80) != 0);
      }
      w.fixed64(M::kBornNsFieldNumber, from.born_ns);
      w.fixed64(M::kEndedNsFieldNumber, from.ended_ns);
    });
  }
  void operator()(const SessionOpened& from) const {
    using M = v1::SessionOpened;
    w.message(v1::Event::kSessionOpenedFieldNumber, [&] {
      if (from.old_auid) w.has_number(M::kOldLoginUidFieldNumber, *from.old_auid);
      if (from.old_ses) w.number(M::kOldSesFieldNumber, *from.old_ses);
      w.bytes(M::kTerminalFieldNumber, from.terminal);
      put_key(w, M::kProcessFieldNumber, from.process);
      w.number(M::kFoundRunningFieldNumber, from.found_running);
      w.utf8(M::kHostFieldNumber, host.name);
      w.bytes(M::kMachineIdFieldNumber, as_text(host.machine_id));
    });
  }
  void operator()(const SessionFact& from) const {
    using M = v1::SessionFact;
    w.message(v1::Event::kSessionFactFieldNumber, [&] {
      w.bytes(M::kAccountFieldNumber, from.account);
      w.bytes(M::kTerminalFieldNumber, from.terminal);
      w.utf8(M::kServiceFieldNumber, from.service);
      w.utf8(M::kStepFieldNumber, from.step);
    });
  }
  void operator()(const SessionClosed& from) const {
    w.message(v1::Event::kSessionClosedFieldNumber, [&] {
      w.number(v1::SessionClosed::kCauseFieldNumber, static_cast<uint64_t>(from.cause));
    });
  }
  void operator()(const Authentication& from) const {
    using M = v1::Authentication;
    w.message(v1::Event::kAuthenticationFieldNumber, [&] {
      w.bytes(M::kAccountFieldNumber, from.account);
      w.utf8(M::kStepFieldNumber, from.step);
      w.utf8(M::kServiceFieldNumber, from.service);
      w.bytes(M::kExeFieldNumber, from.exe);
      w.fixed32(M::kPidFieldNumber, from.pid);
    });
  }
  void operator()(const PrivilegeChange& from) const {
    using M = v1::PrivilegeChange;
    w.message(v1::Event::kPrivilegeChangeFieldNumber, [&] {
      w.number(M::kFromUidFieldNumber, from.from_uid);
      w.number(M::kToUidFieldNumber, from.to_uid);
      w.bytes(M::kToAccountFieldNumber, from.account);
      w.utf8(M::kByFieldNumber, from.by);
      w.bytes(M::kProgramFieldNumber, from.program);
      w.bytes(M::kCommandFieldNumber, from.command);
      w.bytes(M::kCwdFieldNumber, from.cwd);
    });
  }
  void operator()(const AccountChange& from) const {
    using M = v1::AccountChange;
    w.message(v1::Event::kAccountChangeFieldNumber, [&] {
      w.utf8(M::kOperationFieldNumber, from.operation);
      w.bytes(M::kAccountFieldNumber, from.account);
      if (from.id) w.has_number(M::kIdFieldNumber, *from.id);
      w.bytes(M::kProgramFieldNumber, from.program);
    });
  }
  void operator()(const AuditConfigChange& from) const {
    using M = v1::AuditConfigChange;
    w.message(v1::Event::kAuditConfigChangeFieldNumber, [&] {
      w.utf8(M::kOperationFieldNumber, from.operation);
      w.utf8(M::kSettingFieldNumber, from.setting);
      w.utf8(M::kOldValueFieldNumber, from.old_value);
      w.utf8(M::kNewValueFieldNumber, from.new_value);
      w.utf8(M::kRuleKeyFieldNumber, from.rule_key);
      w.number(M::kBySpoorFieldNumber, from.by_spoor);
    });
  }
  void operator()(const Service& from) const {
    using M = v1::Service;
    w.message(v1::Event::kServiceFieldNumber, [&] {
      w.bytes(M::kUnitFieldNumber, from.unit);
      w.utf8(M::kOperationFieldNumber, from.operation);
    });
  }
  void operator()(const Loss& from) const {
    using M = v1::Loss;
    w.message(v1::Event::kLossFieldNumber, [&] {
      w.number(M::kScopeFieldNumber, static_cast<uint64_t>(from.scope));
      w.number(M::kCauseFieldNumber, static_cast<uint64_t>(from.cause));
      w.utf8(M::kUnitFieldNumber, from.unit);
      w.number(M::kCountFieldNumber, from.count);
      w.number(M::kExactFieldNumber, from.exact);
      w.number(M::kFirstFieldNumber, from.first);
      w.number(M::kLastFieldNumber, from.last);
      w.number(M::kOrderBeforeFieldNumber, from.order_before);
      w.number(M::kOrderAfterFieldNumber, fact.order);
      w.fixed64(M::kFromNsFieldNumber, from.from_ns);
      w.fixed64(M::kUntilNsFieldNumber, from.until_ns);
      w.number(M::kSerialsFieldNumber, from.serials);
    });
  }
  void operator()(const AgentState& from) const {
    using M = v1::AgentState;
    w.message(v1::Event::kAgentStateFieldNumber, [&] {
      w.number(M::kChangeFieldNumber, static_cast<uint64_t>(from.change));
      w.utf8(M::kVersionFieldNumber, SPOOR_VERSION);
      w.utf8(M::kDetailFieldNumber, from.detail);
      w.utf8(M::kHostFieldNumber, host.name);
      w.bytes(M::kMachineIdFieldNumber, as_text(host.machine_id));
      w.bytes(M::kBootIdFieldNumber, as_text(host.boot_id));
      w.number(M::kRulesFieldNumber, from.rules);
      w.utf8(M::kKernelFieldNumber, host.kernel);
      w.fixed32(M::kOtherPidFieldNumber, from.other_pid);
      w.bytes(M::kOtherExeFieldNumber, from.other_exe);
      w.number(M::kCountFieldNumber, from.count);
    });
  }
  void operator()(const OtherRecord&) const {
    w.message(v1::Event::kOtherRecordFieldNumber, [&] {
      if (audit != nullptr) put_other_record(w, *audit);
    });
  }
};

void put_actor(WireWriter& w, const Fact& fact) {
  using M = v1::Actor;
  if (!fact.uid && fact.auid == kUnsetId) return;
  w.message(v1::Event::kActorFieldNumber, [&] {
    w.number(M::kRealmFieldNumber, v1::Actor::REALM_HOST);
    if (fact.uid) w.bytes(M::kIdFieldNumber, std::to_string(*fact.uid));
    w.bytes(M::kNameFieldNumber, fact.user_name);
    if (fact.auid != kUnsetId) w.has_number(M::kLoginUidFieldNumber, fact.auid);
    w.bytes(M::kLoginNameFieldNumber, fact.login_name);
  });
}

void put_endpoints(WireWriter& w, const Fact& fact) {
  if (!fact.source_address.empty() || !fact.source_hostname.empty() ||
      !fact.source_terminal.empty()) {
    w.message(v1::Event::kSourceFieldNumber, [&] {
      w.utf8(v1::Endpoint::kAddressFieldNumber, fact.source_address);
      w.bytes(v1::Endpoint::kHostnameFieldNumber, fact.source_hostname);
      w.bytes(v1::Endpoint::kTerminalFieldNumber, fact.source_terminal);
    });
  }
  if (!fact.target_kind.empty()) {
    w.message(v1::Event::kTargetFieldNumber, [&] {
      w.utf8(v1::Target::kKindFieldNumber, fact.target_kind);
      w.bytes(v1::Target::kNameFieldNumber, fact.target_name);
    });
  }
  if (fact.success) {
    w.message(v1::Event::kOutcomeFieldNumber, [&] {
      w.number(v1::Outcome::kResultFieldNumber,
               *fact.success ? v1::Outcome::RESULT_SUCCESS : v1::Outcome::RESULT_FAILURE);
      w.zigzag(v1::Outcome::kErrorFieldNumber, fact.error);
    });
  }
}

void put_origin(WireWriter& w, const Fact& fact, const Host& host) {
  // The kernel's stamp lies up to a tick before the event.
  const bool before_start =
      fact.audit != nullptr &&
      fact.audit->key.time_ms * kNsPerMs + kAuditTickNs < host.reading_since_ns;
  w.message(v1::Event::kOriginFieldNumber, [&] {
    w.number(v1::Origin::kWriterFieldNumber, v1::Origin::WRITER_AGENT);
    w.utf8(v1::Origin::kSourceFieldNumber, fact.origin);
    if (fact.audit != nullptr && fact.audit->syscall) {
      w.utf8(v1::Origin::kRuleKeyFieldNumber, fact.audit->bytes(fact.audit->syscall->key));
    }
    w.number(v1::Origin::kBeforeStartFieldNumber, before_start);
    if (host.boot_in_log != 0) {
      w.utf8(v1::Origin::kHostFieldNumber, host.name);
      w.number(v1::Origin::kBootInLogFieldNumber, host.boot_in_log);
    }
  });
}

// `audit(SEC.MSEC:SERIAL): ` (kernel/audit.c, audit_log_start); empty where there is none.
std::string_view stamp_of(std::string_view record) {
  constexpr std::string_view kEnd = "): ";
  const size_t end = record.find(kEnd);
  return record.starts_with("audit(") && end != record.npos ? record.substr(0, end + kEnd.size())
                                                            : std::string_view();
}

// A packed list of enums, each of which fits one byte.
void put_incomplete(WireWriter& w, uint32_t bits) {
  std::string packed;
  for (uint32_t bit = 1; bit < 32; ++bit) {
    if (bits >> bit & 1) packed.push_back(static_cast<char>(bit));
  }
  w.bytes(v1::Event::kIncompleteFieldNumber, packed);
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

const Id& EventProto::uid_of(uint32_t ses) {
  if (last_ses_ != ses) {
    last_ses_ = ses;
    last_uid_ = session_uid(host_, ses);
  }
  return last_uid_;
}

std::string_view EventProto::event(const Fact& fact, bool text_cut) {
  using M = v1::Event;
  WireWriter& w = event_;
  w.clear();
  w.number(M::kOrderFieldNumber, fact.order);
  w.fixed64(M::kTimeNsFieldNumber, fact.time_ns);
  w.message(M::kReadFieldNumber, [&] {
    w.fixed64(v1::ReadTime::kRealtimeNsFieldNumber, fact.read.realtime_ns);
    w.fixed64(v1::ReadTime::kBoottimeNsFieldNumber, fact.read.boottime_ns);
  });
  if (fact.audit != nullptr) {
    w.message(M::kKernelFieldNumber, [&] {
      w.bytes(v1::KernelEvent::kBootIdFieldNumber, as_text(host_.boot_id));
      w.fixed64(v1::KernelEvent::kTimeMsFieldNumber, fact.audit->key.time_ms);
      w.fixed32(v1::KernelEvent::kSerialFieldNumber, fact.audit->key.serial);
    });
  }
  put_actor(w, fact);
  if (fact.ses != kUnsetId) {
    w.bytes(M::kSessionUidFieldNumber, as_text(uid_of(fact.ses)));
    w.message(M::kSessionFieldNumber,
              [&] { w.number(v1::SessionScope::kSesFieldNumber, fact.ses); });
  }
  put_endpoints(w, fact);
  put_origin(w, fact, host_);
  const uint32_t cut_bit = text_cut ? 1u << static_cast<int>(Incomplete::text_cut) : 0;
  put_incomplete(w, fact.incomplete | cut_bit);
  if (fact.audit != nullptr) put_records(w, *fact.audit);
  std::visit(KindWriter{fact, fact.audit, host_, w}, fact.kind);
  return w.view();
}

std::string_view EventProto::text(const Fact& fact, bool cut) {
  using M = v1::EventText;
  WireWriter& w = text_;
  w.clear();
  if (fact.audit == nullptr) return w.view();
  const AuditEvent& audit = *fact.audit;
  if (cut || audit.records.empty()) {
    w.number(M::kRecordsCutFieldNumber, audit.records_cut + audit.records.size());
    return w.view();
  }
  const std::string_view stamp = stamp_of(audit.record_text(audit.records.front()));
  for (const AuditEvent::Record& record : audit.records) {
    std::string_view bytes = audit.record_text(record);
    const bool stamped = bytes.starts_with(stamp);
    if (stamped) bytes.remove_prefix(stamp.size());
    // Fields whose tags are a byte each and which are left out when they are nothing.
    const size_t type_size = record.type == 0 ? 0 : 1 + WireWriter::varint_size(record.type);
    const size_t text_size =
        bytes.empty() ? 0 : 1 + WireWriter::varint_size(bytes.size()) + bytes.size();
    w.message_of(M::kRecordsFieldNumber, type_size + text_size + (stamped ? 0 : 2));
    w.number(M::Record::kTypeFieldNumber, record.type);
    w.bytes(M::Record::kTextFieldNumber, bytes);
    w.number(M::Record::kWithoutStampFieldNumber, !stamped);
  }
  w.number(M::kRecordsCutFieldNumber, audit.records_cut);
  w.bytes(M::kStampFieldNumber, stamp);
  return w.view();
}

}  // namespace spoor::agent
