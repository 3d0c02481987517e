#include "agent/encode/kind_proto.h"

#include <string>

#include "agent/encode/record_proto.h"
#include "agent/encode/terminal.h"
#include "agent/limits.h"
#include "common/audit/names.h"
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
static_assert(static_cast<int>(Loss::Cause::fork) == v1::Loss::CAUSE_FORK);
static_assert(static_cast<int>(AgentState::Change::records_recovered) ==
              v1::AgentState::CHANGE_RECORDS_RECOVERED);
static_assert(static_cast<int>(AgentState::Change::spool_io_error) ==
              v1::AgentState::CHANGE_SPOOL_IO_ERROR);
static_assert(static_cast<int>(FileAccess::Operation::exchange) ==
              v1::FileAccess::OPERATION_EXCHANGE);
static_assert(static_cast<int>(Network::Operation::send) == v1::Network::OPERATION_SEND);
static_assert(static_cast<int>(SessionType::graphical) == v1::SessionOpened::TYPE_GRAPHICAL);
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
        put_terminal(w, M::kTerminalFieldNumber, bytes(s->tty));
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
      if (from.depth) w.has_number(M::kDepthFieldNumber, *from.depth);
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
      w.number(M::kTypeFieldNumber, static_cast<uint64_t>(from.type));
      if (from.old_auid) w.has_number(M::kOldLoginUidFieldNumber, *from.old_auid);
      if (from.old_ses) w.number(M::kOldSesFieldNumber, *from.old_ses);
      put_terminal(w, M::kTerminalFieldNumber, from.terminal);
      put_key(w, M::kProcessFieldNumber, from.process);
      w.number(M::kFoundRunningFieldNumber, from.found_running);
      w.utf8(M::kHostFieldNumber, host.name);
      w.bytes(M::kMachineIdFieldNumber, as_text(host.machine_id));
      w.number(M::kLocalPortFieldNumber, from.local_port);
    });
  }
  void operator()(const SessionFact& from) const {
    using M = v1::SessionFact;
    const Credential& how = from.credential;
    w.message(v1::Event::kSessionFactFieldNumber, [&] {
      w.utf8(M::kMethodFieldNumber, how.method);
      w.utf8(M::kKeyTypeFieldNumber, how.key_type);
      w.utf8(M::kKeyFingerprintFieldNumber, how.key_fingerprint);
      w.utf8(M::kCertificateIdFieldNumber, how.certificate_id);
      w.number(M::kCertificateSerialFieldNumber, how.certificate_serial);
      w.bytes(M::kAccountFieldNumber, from.account);
      put_terminal(w, M::kTerminalFieldNumber, from.terminal);
      w.number(M::kFailuresBeforeFieldNumber, from.failures_before);
      w.number(M::kTypeFieldNumber, static_cast<uint64_t>(from.type));
      w.utf8(M::kServiceFieldNumber, from.service);
      w.utf8(M::kStepFieldNumber, from.step);
      w.utf8(M::kCertificateAuthorityFieldNumber, how.certificate_authority);
      for (const uint32_t ses : from.logins_of_user) {
        w.has_number(M::kLoginsOfUserFieldNumber, ses);
      }
      w.utf8(M::kLogindSessionFieldNumber, from.logind_session);
      w.number(M::kKeysRefusedFieldNumber, from.keys_refused);
    });
  }
  void operator()(const SessionClosed& from) const {
    using M = v1::SessionClosed;
    w.message(v1::Event::kSessionClosedFieldNumber, [&] {
      w.number(M::kCauseFieldNumber, static_cast<uint64_t>(from.cause));
      if (from.processes_left) w.has_number(M::kProcessesLeftFieldNumber, *from.processes_left);
    });
  }
  void operator()(const Authentication& from) const {
    using M = v1::Authentication;
    const Credential& how = from.credential;
    w.message(v1::Event::kAuthenticationFieldNumber, [&] {
      w.bytes(M::kAccountFieldNumber, from.account);
      w.utf8(M::kMethodFieldNumber, how.method);
      w.utf8(M::kStepFieldNumber, from.step);
      w.utf8(M::kServiceFieldNumber, from.service);
      w.bytes(M::kExeFieldNumber, from.exe);
      w.fixed32(M::kPidFieldNumber, from.pid);
      w.utf8(M::kKeyFingerprintFieldNumber, how.key_fingerprint);
      w.number(M::kInvalidUserFieldNumber, from.invalid_user);
      w.utf8(M::kKeyTypeFieldNumber, how.key_type);
      w.utf8(M::kCertificateIdFieldNumber, how.certificate_id);
      w.number(M::kCertificateSerialFieldNumber, how.certificate_serial);
      w.utf8(M::kCertificateAuthorityFieldNumber, how.certificate_authority);
      w.bytes(M::kByAccountFieldNumber, from.by_account);
    });
  }
  void operator()(const PrivilegeChange& from) const {
    using M = v1::PrivilegeChange;
    w.message(v1::Event::kPrivilegeChangeFieldNumber, [&] {
      if (from.from_uid != kUnsetId) w.has_number(M::kFromUidFieldNumber, from.from_uid);
      if (from.to_uid != kUnsetId) w.has_number(M::kToUidFieldNumber, from.to_uid);
      w.bytes(M::kToAccountFieldNumber, from.account);
      w.utf8(M::kByFieldNumber, from.by);
      w.bytes(M::kProgramFieldNumber, from.program);
      w.bytes(M::kCommandFieldNumber, from.command);
      w.bytes(M::kCwdFieldNumber, from.cwd);
      if (from.cause) put_ref(w, M::kCauseFieldNumber, *from.cause);
      w.fixed64(M::kCapabilitiesFieldNumber, from.capabilities);
      w.bytes(M::kAuthorityFieldNumber, from.authority);
      put_terminal(w, M::kTerminalFieldNumber, from.terminal);
      w.fixed32(M::kPidFieldNumber, from.pid);
      w.number(M::kToGidFieldNumber, from.to_gid);
    });
  }
  void operator()(const AccountChange& from) const {
    using M = v1::AccountChange;
    w.message(v1::Event::kAccountChangeFieldNumber, [&] {
      w.utf8(M::kOperationFieldNumber, from.operation);
      w.bytes(M::kAccountFieldNumber, from.account);
      if (from.id) w.has_number(M::kIdFieldNumber, *from.id);
      w.bytes(M::kProgramFieldNumber, from.program);
      w.bytes(M::kGroupFieldNumber, from.group);
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
      w.number(M::kStreamClassFieldNumber, from.stream_class);
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
  // The call that a fact of a SYSCALL is about.
  std::string_view call() const {
    if (audit == nullptr || !audit->syscall) return {};
    return syscall_name(audit->syscall->arch, audit->syscall->number);
  }
  void operator()(const FileAccess& from) const {
    using M = v1::FileAccess;
    w.message(v1::Event::kFileAccessFieldNumber, [&] {
      w.number(M::kOperationFieldNumber, static_cast<uint64_t>(from.operation));
      if (from.command) put_ref(w, M::kCommandFieldNumber, *from.command);
      w.bytes(M::kPathFieldNumber, from.path.name);
      w.bytes(M::kNewPathFieldNumber, from.new_path.name);
      w.number(M::kPathResolvedFieldNumber, from.path.resolved);
      if (audit != nullptr) put_paths(w, M::kPathsFieldNumber, *audit);
      w.number(M::kModeFieldNumber, from.mode);
      w.number(M::kFlagsFieldNumber, from.flags);
      w.number(M::kOwnerUidFieldNumber, from.owner_uid);
      w.number(M::kOwnerGidFieldNumber, from.owner_gid);
      w.bytes(M::kSyscallFieldNumber, call());
      w.utf8(M::kDirectoryDeviceFieldNumber, from.path.directory.device);
      w.fixed64(M::kDirectoryInodeFieldNumber, from.path.directory.inode);
      w.number(M::kNewPathResolvedFieldNumber, from.new_path.resolved);
      w.utf8(M::kNewDirectoryDeviceFieldNumber, from.new_path.directory.device);
      w.fixed64(M::kNewDirectoryInodeFieldNumber, from.new_path.directory.inode);
      w.bytes(M::kAttributeFieldNumber, from.attribute);
    });
  }
  void operator()(const Network& from) const {
    using M = v1::Network;
    w.message(v1::Event::kNetworkFieldNumber, [&] {
      w.number(M::kOperationFieldNumber, static_cast<uint64_t>(from.operation));
      if (from.command) put_ref(w, M::kCommandFieldNumber, *from.command);
      w.utf8(M::kFamilyFieldNumber, from.family);
      w.utf8(M::kLocalAddressFieldNumber, from.local_address);
      w.number(M::kLocalPortFieldNumber, from.local_port);
      w.utf8(M::kRemoteAddressFieldNumber, from.remote_address);
      w.number(M::kRemotePortFieldNumber, from.remote_port);
      w.bytes(M::kPathFieldNumber, from.path);
      w.utf8(M::kProtocolFieldNumber, from.protocol);
      w.bytes(M::kSyscallFieldNumber, call());
    });
  }
  void operator()(const TypedInput& from) const {
    using M = v1::TypedInput;
    w.message(v1::Event::kTypedInputFieldNumber, [&] {
      if (from.command) put_ref(w, M::kCommandFieldNumber, *from.command);
      w.bytes(M::kTypedFieldNumber, from.typed);
      w.bytes(M::kEditedFieldNumber, from.edited);
      put_terminal(w, M::kTerminalFieldNumber, from.terminal);
      w.bytes(M::kCommFieldNumber, from.comm);
      w.fixed32(M::kPidFieldNumber, from.pid);
      w.number(M::kUnfinishedFieldNumber, from.unfinished);
    });
  }
  void operator()(const SecurityDecision& from) const {
    using M = v1::SecurityDecision;
    w.message(v1::Event::kSecurityDecisionFieldNumber, [&] {
      w.utf8(M::kModuleFieldNumber, from.module);
      w.utf8(M::kOperationFieldNumber, from.operation);
      w.number(M::kDeniedFieldNumber, from.denied);
      w.bytes(M::kSubjectFieldNumber, from.subject);
      w.bytes(M::kObjectFieldNumber, from.object);
      w.number(M::kSignalFieldNumber, from.signal);
      w.bytes(M::kSyscallFieldNumber, call());
      if (from.command) put_ref(w, M::kCommandFieldNumber, *from.command);
    });
  }
  void operator()(const DisbelievedRecord& from) const {
    using M = v1::DisbelievedRecord;
    w.message(v1::Event::kDisbelievedRecordFieldNumber, [&] {
      w.utf8(M::kRecordTypeFieldNumber, from.record_type);
      w.fixed32(M::kPidFieldNumber, from.pid);
      w.bytes(M::kExeFieldNumber, from.exe);
      w.bytes(M::kClaimedExeFieldNumber, from.claimed_exe);
      w.bytes(M::kAccountFieldNumber, from.account);
      w.utf8(M::kStepFieldNumber, from.step);
      w.utf8(M::kReasonFieldNumber, from.reason);
    });
  }
  void operator()(const LogMessage& from) const {
    using M = v1::LogMessage;
    w.message(v1::Event::kLogMessageFieldNumber, [&] {
      w.utf8(M::kProgramFieldNumber, from.program);
      w.fixed32(M::kPidFieldNumber, from.pid);
      w.bytes(M::kMessageFieldNumber, from.message);
      w.number(M::kDisbelievedFieldNumber, from.disbelieved);
      w.bytes(M::kExeFieldNumber, from.exe);
    });
  }
  void operator()(const OtherRecord& from) const {
    using M = v1::OtherRecord;
    w.message(v1::Event::kOtherRecordFieldNumber, [&] {
      if (audit != nullptr) put_other_record(w, *audit);
      if (from.command) put_ref(w, M::kCommandFieldNumber, *from.command);
    });
  }
};

}  // namespace

void put_kind(WireWriter& w, const Fact& fact, const Host& host) {
  std::visit(KindWriter{fact, fact.audit, host, w}, fact.kind);
}

}  // namespace spoor::agent
