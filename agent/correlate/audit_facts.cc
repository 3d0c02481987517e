#include "agent/correlate/audit_facts.h"

#include <algorithm>
#include <bitset>
#include <iterator>

#include "agent/correlate/programs.h"
#include "agent/correlate/record_view.h"
#include "agent/limits.h"

namespace spoor::agent {
namespace {

// Record types (linux/audit.h, libaudit.h).
enum Type : uint16_t {
  kUserAuth = 1100, kUserAcct = 1101, kUserMgmt = 1102, kCredAcq = 1103, kCredDisp = 1104,
  kUserStart = 1105, kUserEnd = 1106, kUserChauthtok = 1108, kUserErr = 1109, kCredRefr = 1110,
  kUserLogin = 1112, kUserLogout = 1113, kAddUser = 1114, kDelUser = 1115, kAddGroup = 1116,
  kDelGroup = 1117, kChgrpId = 1119, kUserCmd = 1123, kChuserId = 1125, kGrpAuth = 1126,
  kServiceStart = 1130, kServiceStop = 1131, kGrpMgmt = 1132, kGrpChauthtok = 1133,
  kAcctLock = 1135, kAcctUnlock = 1136, kSyscall = 1300, kPath = 1302, kIpc = 1303,
  kSocketcall = 1304, kSockaddr = 1306, kCwd = 1307, kExecve = 1309, kIpcSetPerm = 1311,
  kMqOpen = 1312, kMqSendrecv = 1313, kMqNotify = 1314, kMqGetsetattr = 1315, kFdPair = 1317,
  kObjPid = 1318, kBprmFcaps = 1321, kCapset = 1322, kMmap = 1323, kProctitle = 1327,
  kUringOp = 1336, kOpenat2 = 1337, kCryptoLogin = 2402, kCryptoLogout = 2403,
  kCryptoKeyUser = 2404, kCryptoSession = 2407,
};

// The calls whose events have a shape of their own, by AUDIT_ARCH_* (each arch's syscall.tbl).
struct CallNumbers {
  uint32_t arch;
  uint32_t execve, execveat;
  uint32_t mq_open, mq_unlink;
  uint32_t exit_group;
};
constexpr uint32_t kX86_64 = 0xC000003E;
constexpr CallNumbers kCalls[] = {
    {kX86_64, 59, 322, 240, 241, 231},
    {0x40000003, 11, 358, 277, 278, 252},     // i386
    {0xC00000B7, 221, 281, 180, 181, 94},    // aarch64
    {0x40000028, 11, 387, 274, 275, 248},     // arm
    {0xC00000F3, 221, 281, 180, 181, 94},    // riscv64
    {0x80000016, 11, 354, 271, 272, 248},     // s390x
    {0x00000016, 11, 354, 271, 272, 248},     // s390
    {0xC0000015, 11, 362, 262, 263, 234},     // ppc64le
    {0x80000015, 11, 362, 262, 263, 234},     // ppc64
    {0x00000014, 11, 362, 262, 263, 234},     // ppc
    {0xC0000102, 221, 281, 180, 181, 94},    // loongarch64
    {0xC0000008, 5057, 5316, 5230, 5231, 5205},  // mips64el
    {0x40000008, 4011, 4356, 4271, 4272, 4246},  // mipsel
};
// x32's bit in the numbers of x86-64, and its own execs.
constexpr uint32_t kX32 = 0x40000000, kX32Execve = kX32 | 520, kX32Execveat = kX32 | 545;
constexpr int64_t kErrnoMax = 4095;

const CallNumbers* calls_of(uint32_t arch) {
  const auto* const found = std::find_if(std::begin(kCalls), std::end(kCalls),
                                         [&](const CallNumbers& c) { return c.arch == arch; });
  return found == std::end(kCalls) ? nullptr : found;
}

bool is_exec_call(const SyscallFields& s) {
  const CallNumbers* const calls = calls_of(s.arch);
  if (calls == nullptr) return false;
  if (s.number == calls->execve || s.number == calls->execveat) return true;
  return s.arch == kX86_64 && (s.number == kX32Execve || s.number == kX32Execveat);
}

// The kernel counts in items= the folder of a message queue too, which it hides (ipc/mqueue.c).
uint32_t paths_hidden(const SyscallFields& s) {
  const CallNumbers* const calls = calls_of(s.arch);
  return calls != nullptr && (s.number == calls->mq_open || s.number == calls->mq_unlink) ? 1 : 0;
}

// Records that the kernel writes behind a SYSCALL or URINGOP only (audit_log_exit).
bool is_of_call(uint16_t type) {
  switch (type) {
    case kPath: case kIpc: case kSocketcall: case kSockaddr: case kCwd: case kExecve:
    case kIpcSetPerm: case kMqOpen: case kMqSendrecv: case kMqNotify: case kMqGetsetattr:
    case kFdPair: case kObjPid: case kBprmFcaps: case kCapset: case kMmap: case kProctitle:
    case kOpenat2: return true;
    default: return false;
  }
}

// Each item once, whatever was sent twice. Items beyond what we keep are only counted.
size_t paths_seen(const AuditEvent& event) {
  std::bitset<kPathsMax> seen;
  for (const PathFields& path : event.paths) {
    if (path.item < kPathsMax) seen.set(path.item);
  }
  if (event.paths.size() < kPathsMax) return seen.count();
  const auto all = std::count_if(event.records.begin(), event.records.end(),
                                 [](const auto& record) { return record.type == kPath; });
  return static_cast<size_t>(all);
}

uint32_t exec_bits(const AuditEvent& event) {
  uint32_t bits = 0;
  if (event.exec) {
    const ExecFields& exec = *event.exec;
    size_t present = 0;
    bool cut = false;
    for (const ExecArgument& arg : exec.args) {
      present += arg.present ? 1 : 0;
      cut |= arg.cut;
    }
    // A kernel before 5.18 could run a program without even its name: argc=0.
    if (!exec.argc || present < *exec.argc) bits |= incomplete_bit(Incomplete::args_missing);
    if (cut) bits |= incomplete_bit(Incomplete::arg_cut);
  }
  // A failed exec has neither arguments nor, always, a working directory.
  if (event.syscall && event.syscall->success.value_or(true)) {
    if (!event.exec) bits |= incomplete_bit(Incomplete::args_missing);
    if (!event.cwd) bits |= incomplete_bit(Incomplete::cwd_missing);
  }
  return bits;
}

// Empty for types that change no account.
std::string_view account_change(uint16_t type) {
  switch (type) {
    case kUserMgmt: return "change-user";
    case kUserChauthtok: return "change-password";
    case kAddUser: return "add-user";
    case kDelUser: return "delete-user";
    case kAddGroup: return "add-group";
    case kDelGroup: return "delete-group";
    case kChgrpId: return "change-group-id";
    case kChuserId: return "change-user-id";
    case kGrpMgmt: return "change-group";
    case kGrpChauthtok: return "change-group-password";
    case kAcctLock: return "lock-account";
    case kAcctUnlock: return "unlock-account";
    default: return {};
  }
}

int32_t error_of(std::optional<bool> success, int64_t exit) {
  const bool is_error = success == false && exit < 0 && exit >= -kErrnoMax;
  return is_error ? static_cast<int32_t>(-exit) : 0;
}

// What io_uring did has no SYSCALL: its own record bears the result, once its fields are decoded.
void fill_ring_result(const AuditEvent& event, Fact& fact) {
  const AuditEvent::Record* ring = first_record(event, kUringOp);
  if (ring == nullptr) return;
  const RecordView in(event, *ring);
  const std::string_view success = in.text("success");
  if (success.empty()) return;
  fact.success = success == "yes";
  fact.error = error_of(fact.success, in.number("exit"));
}

}  // namespace

bool is_exit(const AuditEvent& event) {
  if (!event.syscall || event.syscall->success) return false;  // it never returns
  const CallNumbers* const calls = calls_of(event.syscall->arch);
  return calls != nullptr && event.syscall->number == calls->exit_group;
}

bool is_exec(const AuditEvent& event) {
  return event.exec.has_value() || (event.syscall && is_exec_call(*event.syscall));
}

void fill_envelope(const AuditEvent& event, Fact& fact) {
  fact.time_ns = event.key.time_ms * kNsPerMs;
  fact.read = event.first_read;
  fact.audit = &event;
  fact.origin = "audit";
  fact.rewritten = event.rewritten;
  if (event.subject) {
    fact.ses = event.subject->ses;
    fact.auid = event.subject->auid;
    fact.uid = event.subject->uid;
  }
  if (event.config) {
    fact.ses = event.config->ses;
    fact.auid = event.config->auid;
    fact.success = event.config->success;
  }
  if (event.syscall) {
    const SyscallFields& s = *event.syscall;
    fact.ses = s.ses;
    fact.auid = s.auid;
    fact.uid = s.euid;
    fact.source_terminal = event.bytes(s.tty);
    if (!fact.success) fact.success = s.success;
    fact.error = error_of(s.success, s.exit);
  } else if (event.subject) {
    fill_ring_result(event, fact);
  }
  if (event.login) {
    fact.ses = event.login->ses;
    fact.auid = event.login->auid;
    if (event.login->uid != kUnsetId) fact.uid = event.login->uid;
    fact.source_terminal = event.bytes(event.login->tty);
    fact.success = event.login->success;
  }
  if (event.user) {
    const UserFields& user = *event.user;
    fact.ses = user.ses;
    fact.auid = user.auid;
    if (user.uid != kUnsetId) fact.uid = user.uid;
    fact.source_address = event.bytes(user.address);
    fact.source_hostname = event.bytes(user.hostname);
    fact.source_terminal = event.bytes(user.terminal);
    fact.success = user.success;
  }
  fact.incomplete = incomplete_bits(event);
}

uint32_t incomplete_bits(const AuditEvent& event) {
  uint32_t bits = 0;
  bool has_call = false, of_call = false;
  for (const AuditEvent::Record& record : event.records) {
    if (!record.parsed) bits |= incomplete_bit(Incomplete::unparsed);
    has_call |= record.type == kSyscall || record.type == kUringOp;
    of_call |= is_of_call(record.type);
  }
  // A late record has lost its company by being late, which is said already.
  if (event.late) {
    bits |= incomplete_bit(Incomplete::late);
  } else {
    if (of_call && !has_call) bits |= incomplete_bit(Incomplete::syscall_missing);
    if (!event.ended && (of_call || has_call)) bits |= incomplete_bit(Incomplete::end_missing);
  }
  if (event.place_unknown) bits |= incomplete_bit(Incomplete::place_unknown);
  if (event.records_cut != 0) {
    bits |= incomplete_bit(Incomplete::text_cut);
  } else if (event.syscall && event.syscall->items != 0 &&
             paths_seen(event) + paths_hidden(*event.syscall) < event.syscall->items) {
    bits |= incomplete_bit(Incomplete::paths_missing);
  }
  if (is_exec(event)) bits |= exec_bits(event);
  return bits;
}

UserKind user_kind(const UserFields& user) {
  const bool worked = user.success.value_or(true);
  switch (user.type) {
    case kUserAuth:
    case kUserAcct:
    case kCredAcq:
    case kCredDisp:
    case kCredRefr:
    case kUserErr:
    case kGrpAuth:
    case kCryptoLogin:
    case kCryptoLogout:
    case kCryptoKeyUser:
    case kCryptoSession: return UserKind::authentication;
    case kUserStart:
    case kUserLogin: return worked ? UserKind::session_start : UserKind::authentication;
    case kUserEnd:
    case kUserLogout: return UserKind::session_end;
    case kUserCmd: return UserKind::privilege;
    case kServiceStart:
    case kServiceStop: return UserKind::service;
    default: break;
  }
  return account_change(user.type).empty() ? UserKind::other : UserKind::account;
}

std::string_view account_operation(const AuditEvent& event, const UserFields& user) {
  return user.op.size != 0 ? event.bytes(user.op) : account_change(user.type);
}

std::optional<PrivilegeChange> raised_by_file(const AuditEvent& event) {
  constexpr uint32_t kSetUser = 04000, kSetGroup = 02000;  // inode(7)
  if (!event.exec || !event.syscall || event.syscall->success == false) return std::nullopt;
  const SyscallFields& call = *event.syscall;
  if (call.euid == call.uid && call.egid == call.gid && !event.capabilities) return std::nullopt;
  // Of a script the kernel takes the bits from its interpreter, which is a later item
  // (fs/exec.c, bprm_creds_from_file). Without any record, what the process is now must do.
  const auto has_bit = [&](uint32_t bit) {
    return event.paths.empty() ||
           std::any_of(event.paths.begin(), event.paths.end(),
                       [&](const PathFields& path) { return (path.mode & bit) != 0; });
  };
  const bool user = call.euid != call.uid && has_bit(kSetUser);
  const bool group = call.egid != call.gid && has_bit(kSetGroup);
  const bool by_file = event.capabilities && event.capabilities->file_permitted != 0;
  const uint64_t gained =
      event.capabilities ? event.capabilities->after & ~event.capabilities->before : 0;
  if (!user && !group && (!by_file || gained == 0)) return std::nullopt;
  const std::string_view program = event.bytes(call.exe);
  PrivilegeChange change;
  change.by = user ? "set-user-id" : group ? "set-group-id" : "file capabilities";
  change.program = program;
  change.from_uid = call.uid;
  change.to_uid = call.euid;
  change.to_gid = group ? call.egid : 0;
  change.capabilities = gained;
  change.terminal = event.bytes(call.tty);
  change.pid = call.pid;
  return change;
}

int64_t realtime_ns(int64_t boottime_ns, Instant at) {
  return boottime_ns + (at.realtime_ns - at.boottime_ns);
}
int64_t boottime_ns(int64_t realtime_ns, Instant at) {
  return realtime_ns - (at.realtime_ns - at.boottime_ns);
}
int64_t boottime_ns(const AuditEvent& event) {
  return boottime_ns(event.key.time_ms * kNsPerMs, event.first_read);
}

std::string_view base_name(std::string_view path) {
  const size_t slash = path.rfind('/');
  return slash == std::string_view::npos ? path : path.substr(slash + 1);
}

}  // namespace spoor::agent
