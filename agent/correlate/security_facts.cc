#include "agent/correlate/security_facts.h"

#include <algorithm>

#include "agent/correlate/record_view.h"

namespace spoor::agent {
namespace {

// linux/audit.h; APPARMOR_* are libaudit's names for 1501 to 1507.
enum Type : uint16_t {
  kUserAvc = 1107, kSeccomp = 1326, kAvc = 1400, kLandlockAccess = 1423, kLandlockDomain = 1424,
  kAppArmorFirst = 1500, kAppArmorLast = 1507, kAnomPromiscuous = 1700, kAnomAbend = 1701,
  kAnomLink = 1702, kAnomCreat = 1703, kAnomLast = 1799,
};

std::string_view first_of(std::initializer_list<std::string_view> texts) {
  const auto* found = std::find_if(texts.begin(), texts.end(),
                                   [](std::string_view text) { return !text.empty(); });
  return found == texts.end() ? std::string_view() : *found;
}

// `apparmor="DENIED" operation="open" profile=… name=…` (security/apparmor/audit.c). ALLOWED is
// what a profile in complain mode would have denied.
SecurityDecision of_apparmor(const RecordView& in) {
  const std::string_view verdict = in.text("apparmor");
  return {.module = "apparmor",
          .operation = in.text("operation"),
          .subject = first_of({in.text("profile"), in.text("label")}),
          .object = first_of({in.text("name"), in.text("capname"), in.text("peer")}),
          .denied = verdict == "DENIED" || verdict == "KILLED",
          .signal = 0,
          .command = {}};
}

// `lsm=SMACK fn=… action=denied subject="_" object="x" requested=rw` (security/smack).
SecurityDecision of_smack(const RecordView& in) {
  return {.module = "smack",
          .operation = in.text("requested"),
          .subject = in.text("subject"),
          .object = first_of({in.text("path"), in.text("name"), in.text("object")}),
          .denied = in.text("action") == "denied",
          .signal = 0,
          .command = {}};
}

// `avc:  denied  { read write } for  pid=… scontext=… tcontext=… permissive=0` (selinux/avc.c):
// the words between the fields are in the record's rest. Permissive: it was let through.
SecurityDecision of_selinux(const AuditEvent& event, const AuditEvent::Record& record,
                            const RecordView& in) {
  const std::string_view words = event.bytes(record.rest);
  const size_t open = words.find("{ "), close = words.rfind(" }");
  const bool has_both = open != words.npos && close != words.npos && open + 2 < close;
  return {.module = "selinux",
          .operation = has_both ? words.substr(open + 2, close - open - 2) : std::string_view(),
          .subject = in.text("scontext"),
          .object = first_of({in.text("path"), in.text("name"), in.text("tcontext")}),
          .denied = words.find("denied") != words.npos && in.number("permissive") == 0,
          .signal = 0,
          .command = {}};
}

// `auid=… exe=… sig=31 arch=… syscall=41 code=0x80000000` (kernel/auditsc.c, audit_seccomp).
SecurityDecision of_seccomp(const RecordView& in) {
  const std::string_view action = in.meaning("code");
  return {.module = "seccomp",
          .operation = action,
          .subject = in.text("exe"),
          .object = in.meaning("syscall"),
          .denied = action != "log" && action != "allow",
          .signal = static_cast<uint32_t>(in.number("sig")),
          .command = {}};
}

// `domain=195ba459b blockers=fs.write_file path=…`, and of a domain `status=allocated`
// (security/landlock/audit.c).
SecurityDecision of_landlock(uint16_t type, const RecordView& in) {
  const bool is_access = type == kLandlockAccess;
  return {.module = "landlock",
          .operation = is_access ? in.text("blockers") : in.text("status"),
          .subject = in.text("exe"),
          .object = first_of({in.text("path"), in.text("ocomm")}),
          .denied = is_access,
          .signal = 0,
          .command = {}};
}

SecurityDecision of_anomaly(uint16_t type, const RecordView& in) {
  SecurityDecision decision;
  decision.module = "anomaly";
  decision.subject = in.text("exe");
  switch (type) {
    case kAnomPromiscuous:
      decision.operation = in.meaning("prom") == "on" ? "promiscuous on" : "promiscuous off";
      decision.object = in.text("dev");
      break;
    case kAnomAbend:
      decision.operation = "abend";
      decision.signal = static_cast<uint32_t>(in.number("sig"));
      break;
    case kAnomLink:
    case kAnomCreat:  // what fs.protected_* refuses in a sticky folder (proc_sys_fs(5))
      decision.operation = in.text("op");
      decision.denied = in.number("res") == 0;
      break;
    default: decision.operation = in.text("op"); break;
  }
  return decision;
}

}  // namespace

bool is_decision(uint16_t type) {
  return type == kSeccomp || type == kAvc || type == kLandlockAccess || type == kLandlockDomain ||
         (type >= kAppArmorFirst && type <= kAppArmorLast) ||
         (type >= kAnomPromiscuous && type <= kAnomLast);
}

SecurityDecision decision_of(const AuditEvent& event, const AuditEvent::Record& record) {
  const RecordView in(event, record);
  switch (record.type) {
    case kSeccomp: return of_seccomp(in);
    case kLandlockAccess:
    case kLandlockDomain: return of_landlock(record.type, in);
    default: break;
  }
  if (record.type >= kAnomPromiscuous) return of_anomaly(record.type, in);
  const bool is_avc = record.type == kAvc || record.type == kUserAvc;
  if (in.find("apparmor") != nullptr || !is_avc) return of_apparmor(in);
  return in.find("lsm") != nullptr ? of_smack(in) : of_selinux(event, record, in);
}

}  // namespace spoor::agent
