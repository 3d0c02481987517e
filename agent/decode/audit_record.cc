#include "agent/decode/audit_record.h"

#include "agent/decode/exec_record.h"
#include "agent/decode/fields.h"
#include "agent/decode/kernel_format.h"
#include "agent/decode/user_record.h"
#include "agent/decode/values.h"
#include "agent/limits.h"

namespace spoor::agent {
namespace {

// Record types (linux/audit.h).
constexpr uint16_t kLogin = 1006, kDaemonFirst = 1200, kDaemonLast = 1299, kSyscall = 1300,
                   kPath = 1302, kConfigChange = 1305, kCwd = 1307, kExecve = 1309, kTty = 1319,
                   kEoe = 1320, kBprmFcaps = 1321, kNetfilterPacket = 1324, kSeccomp = 1326,
                   kProctitle = 1327, kNetfilterConfig = 1325, kFeatureChange = 1328,
                   kEventListener = 1335, kUringOp = 1336, kKernel = 2000,
                   // AVC and MAC_*, APPARMOR_*, ANOM_*, INTEGRITY_*
                   kSecurityFirst = 1400, kIntegrityLast = 1899;

constexpr size_t kRecordOverhead = 16;  // what a record costs an event beside its text
constexpr uint64_t kSecondsMax = 4'000'000'000;  // the year 2096: in ns, any two can be added
constexpr size_t kNetlinkHeader = 16;

// How much of what follows `audit(…)` is no body yet: `: `. Some daemons' records lack the colon.
size_t body_start(std::string_view rest) {
  size_t at = rest.starts_with(':') ? 1 : 0;
  if (at < rest.size() && rest[at] == ' ') ++at;
  return at;
}

std::string_view body_of(std::string_view text) {
  const size_t close = text.find(')');
  if (close == std::string_view::npos) return {};
  text.remove_prefix(close + 1);
  return text.substr(body_start(text));
}

bool note_suffix(const KernelFormat& in, AuditEvent& into) {
  into.enriched |= in.is_enriched();
  return true;
}

// The order of audit_log_exit() in kernel/auditsc.c, 2.6.32 to 6.18.
bool read_syscall(std::string_view body, AuditEvent& into, SyscallFields& s) {
  KernelFormat in(body);
  Field tty, comm, exe, subject, key;
  if (!in.hex("arch=", s.arch) || !in.number(" syscall=", s.number)) return false;
  if (in.skip(" success=")) {
    s.success = in.skip("yes");
    if (!*s.success && !in.skip("no")) return false;
    if (!in.signed_number(" exit=", s.exit)) return false;
  }
  return in.hex(" a0=", s.args[0]) && in.hex(" a1=", s.args[1]) && in.hex(" a2=", s.args[2]) &&
         in.hex(" a3=", s.args[3]) && in.number(" items=", s.items) &&
         in.number(" ppid=", s.ppid) && in.number(" pid=", s.pid) && in.number(" auid=", s.auid) &&
         in.number(" uid=", s.uid) && in.number(" gid=", s.gid) && in.number(" euid=", s.euid) &&
         in.number(" suid=", s.suid) && in.number(" fsuid=", s.fsuid) &&
         in.number(" egid=", s.egid) && in.number(" sgid=", s.sgid) &&
         in.number(" fsgid=", s.fsgid) && in.value(" tty=", tty) && in.number(" ses=", s.ses) &&
         in.value(" comm=", comm) && in.value(" exe=", exe) &&
         (!in.skip(" subj=") || in.value("", subject)) &&
         (in.skip(" key=(null)") || in.value(" key=", key)) && in.at_end() &&
         put_word(into, tty, s.tty) && put_string(into, comm, s.comm) &&
         put_string(into, exe, s.exe) && put_word(into, subject, s.subject) &&
         (key.value.empty() || put_string(into, key, s.key)) && note_suffix(in, into);
}

bool decode_syscall(std::string_view body, AuditEvent& into) {
  if (into.syscall) return false;
  SyscallFields s;
  bool has_arch = false, has_number = false, has_pid = false, good = true;
  bool ids = true;  // an id that is none must not count as that of root
  Fields fields(body);
  Field f;
  while (fields.next(f)) {
    switch (f.id) {
      case field_id("arch"): has_arch = parse_hex(f.value, s.arch); break;
      case field_id("syscall"): has_number = parse_number(f.value, s.number); break;
      case field_id("success"):
        good &= f.value == "yes" || f.value == "no";
        s.success = f.value == "yes";
        break;
      case field_id("exit"): good &= parse_signed(f.value, s.exit); break;
      case field_id("a0"): good &= parse_hex(f.value, s.args[0]); break;
      case field_id("a1"): good &= parse_hex(f.value, s.args[1]); break;
      case field_id("a2"): good &= parse_hex(f.value, s.args[2]); break;
      case field_id("a3"): good &= parse_hex(f.value, s.args[3]); break;
      case field_id("items"): good &= parse_number(f.value, s.items); break;
      case field_id("ppid"): ids &= parse_number(f.value, s.ppid); break;
      case field_id("pid"): has_pid = parse_number(f.value, s.pid); break;
      case field_id("auid"): ids &= parse_number(f.value, s.auid); break;
      case field_id("ses"): ids &= parse_number(f.value, s.ses); break;
      case field_id("uid"): ids &= parse_number(f.value, s.uid); break;
      case field_id("gid"): ids &= parse_number(f.value, s.gid); break;
      case field_id("euid"): ids &= parse_number(f.value, s.euid); break;
      case field_id("suid"): ids &= parse_number(f.value, s.suid); break;
      case field_id("fsuid"): ids &= parse_number(f.value, s.fsuid); break;
      case field_id("egid"): ids &= parse_number(f.value, s.egid); break;
      case field_id("sgid"): ids &= parse_number(f.value, s.sgid); break;
      case field_id("fsgid"): ids &= parse_number(f.value, s.fsgid); break;
      case field_id("tty"): good &= put_word(into, f, s.tty); break;
      case field_id("comm"): good &= put_string(into, f, s.comm); break;
      case field_id("exe"): good &= put_string(into, f, s.exe); break;
      case field_id("key"): good &= put_string(into, f, s.key); break;
      case field_id("subj"): good &= put_word(into, f, s.subject); break;
      default: break;
    }
  }
  if (!has_arch || !has_number || !has_pid || !ids) return false;
  into.syscall = s;
  return good && !fields.broken();
}

// The order of audit_log_name() in kernel/auditsc.c, since 4.17.
bool read_path(std::string_view body, AuditEvent& into, PathFields& p) {
  KernelFormat in(body);
  Field name, device, special, object, nametype;
  if (!in.number("item=", p.item) || !in.value(" name=", name) ||
      !in.number(" inode=", p.inode) || !in.value(" dev=", device) ||
      !in.octal(" mode=", p.mode) || !in.number(" ouid=", p.owner_uid) ||
      !in.number(" ogid=", p.owner_gid) ||
      (!in.skip(" rdev=00:00") && !in.value(" rdev=", special)) ||
      (in.skip(" obj=") && !in.value("", object)) || !in.value(" nametype=", nametype) ||
      !in.hex(" cap_fp=", p.cap_fp) || !in.hex(" cap_fi=", p.cap_fi) ||
      !in.number(" cap_fe=", p.cap_fe) || !in.hex(" cap_fver=", p.cap_fver) ||
      (in.skip(" cap_frootid=") && !in.number("", p.cap_frootid)) || !in.at_end()) {
    return false;
  }
  return (is_nothing(name) || put_string(into, name, p.name.emplace())) &&
         put_word(into, device, p.device) && put_word(into, nametype, p.nametype) &&
         (special.value.empty() || put_word(into, special, p.special)) &&
         (object.value.empty() || put_word(into, object, p.object)) && note_suffix(in, into);
}

// `ouid=alice` in a log that somebody translated is not root's.
bool read_owner(std::string_view value, uint32_t& out) {
  if (parse_number(value, out)) return true;
  out = kUnsetId;
  return false;
}

// `?` where the kernel did not look: the end of a mount that umount(2) takes away.
template <typename T>
bool read_capability(std::string_view value, PathFields& path, T& out) {
  path.capabilities_unknown |= value == "?";
  return value == "?" || parse_hex(value, out);
}

bool decode_path(std::string_view body, AuditEvent& into) {
  if (into.paths.size() >= kPathsMax) return true;
  PathFields p;
  bool has_item = false, good = true;
  Fields fields(body);
  Field f;
  while (fields.next(f)) {
    switch (f.id) {
      case field_id("item"): has_item = parse_number(f.value, p.item); break;
      case field_id("name"):
        if (is_nothing(f)) break;
        good &= put_string(into, f, p.name.emplace());
        break;
      case field_id("inode"): good &= parse_number(f.value, p.inode); break;
      case field_id("dev"): good &= put_word(into, f, p.device); break;
      case field_id("mode"): good &= parse_octal(f.value, p.mode); break;
      case field_id("ouid"): good &= read_owner(f.value, p.owner_uid); break;
      case field_id("ogid"): good &= read_owner(f.value, p.owner_gid); break;
      case field_id("rdev"): good &= f.value == "00:00" || put_word(into, f, p.special); break;
      case field_id("obj"): good &= put_word(into, f, p.object); break;
      case field_id("objtype"):  // as it was called before 4.11
      case field_id("nametype"): good &= put_word(into, f, p.nametype); break;
      case field_id("cap_fp"): good &= read_capability(f.value, p, p.cap_fp); break;
      case field_id("cap_fi"): good &= read_capability(f.value, p, p.cap_fi); break;
      case field_id("cap_fe"): good &= f.value == "?" || parse_number(f.value, p.cap_fe); break;
      case field_id("cap_fver"): good &= read_capability(f.value, p, p.cap_fver); break;
      default:
        if (f.key == "cap_frootid") good &= f.value == "?" || parse_number(f.value, p.cap_frootid);
    }
  }
  if (!has_item) return false;
  into.paths.push_back(p);
  return good && !fields.broken();
}

// A record whose one field of interest is a string.
bool decode_one(std::string_view body, std::string_view key, std::optional<Slice>& out,
                AuditEvent& into) {
  Fields fields(body);
  Field f;
  while (fields.next(f)) {
    if (f.key != key) continue;
    if (out || fields.broken()) return false;
    // The kernel had no room to write the path: no folder is called so, they begin with a slash.
    const bool unwritten = f.quoted && key == "cwd" &&
                           (f.value == "<too_long>" || f.value == "<no_memory>");
    if (is_nothing(f) || unwritten) return true;
    Slice value;
    if (!put_string(into, f, value)) return false;
    out = value;
    return true;
  }
  return false;
}

// Their bodies differ by type and kernel; whom they speak of stands the same way in all.
bool decode_subject(std::string_view body, AuditEvent& into) {
  if (into.subject) return true;
  SubjectFields subject;
  uint32_t uid = 0;
  Fields fields(body);
  Field f;
  while (fields.next(f)) {
    switch (f.id) {
      case field_id("pid"): parse_number(f.value, subject.pid); break;
      case field_id("auid"): parse_number(f.value, subject.auid); break;
      case field_id("ses"): parse_number(f.value, subject.ses); break;
      case field_id("uid"):
        if (parse_number(f.value, uid)) subject.uid = uid;
        break;
      default: break;
    }
  }
  into.subject = subject;
  return !fields.broken();
}

bool decode_capabilities(std::string_view body, AuditEvent& into) {
  if (into.capabilities) return true;
  CapabilityFields capabilities;
  bool good = true;
  Fields fields(body);
  Field f;
  while (fields.next(f)) {
    switch (f.id) {
      case field_id("fp"): good &= parse_hex(f.value, capabilities.file_permitted); break;
      case field_id("old_pe"): good &= parse_hex(f.value, capabilities.before); break;
      case field_id("new_pe"):
      case field_id("pe"): good &= parse_hex(f.value, capabilities.after); break;
      default: break;
    }
  }
  into.capabilities = capabilities;
  return good && !fields.broken();
}

// Records that may stand alone and then say themselves who acted.
bool has_subject(uint16_t type) {
  return type == kTty || type == kSeccomp || type == kNetfilterConfig || type == kUringOp ||
         (type >= kDaemonFirst && type <= kDaemonLast) ||
         (type >= kSecurityFirst && type <= kIntegrityLast);
}

// The one field of CWD and PROCTITLE.
bool read_one(std::string_view body, bool is_cwd, AuditEvent& into, std::optional<Slice>& out) {
  KernelFormat in(body);
  Field field;
  Slice value;
  const bool found = is_cwd ? in.value("cwd=", field) : in.value("proctitle=", field);
  if (!found || !in.at_end() || out || is_nothing(field) || field.value.starts_with('<') ||
      !put_string(into, field, value)) {
    return false;
  }
  out = value;
  return note_suffix(in, into);
}

// What stands there just as the kernel writes it, which is most of all records. False, with
// everything as it was: to be read in the general way.
bool read_whole(uint16_t type, std::string_view body, AuditEvent& into) {
  const size_t values = into.values.size();
  if (type == kSyscall && !into.syscall) {
    SyscallFields fields;
    if (read_syscall(body, into, fields)) {
      into.syscall = fields;
      return true;
    }
  } else if (type == kPath && into.paths.size() < kPathsMax) {
    PathFields fields;
    if (read_path(body, into, fields)) {
      into.paths.push_back(fields);
      return true;
    }
  } else if (type == kCwd || type == kProctitle) {
    if (read_one(body, type == kCwd, into, type == kCwd ? into.cwd : into.proctitle)) return true;
  }
  into.values.resize(values);
  return false;
}

bool decode_body(uint16_t type, std::string_view body, AuditEvent& into) {
  if (read_whole(type, body, into)) return true;
  if (is_user_type(type)) return decode_user(type, body, into);
  const size_t enriched = body.find(kEnriched);
  into.enriched |= enriched != std::string_view::npos;
  body = body.substr(0, enriched);
  switch (type) {
    case kSyscall: return decode_syscall(body, into);
    case kExecve: return decode_execve(body, into);
    case kCwd: return decode_one(body, "cwd", into.cwd, into);
    case kPath: return decode_path(body, into);
    case kProctitle: return decode_one(body, "proctitle", into.proctitle, into);
    case kLogin: return decode_login(body, into);
    case kBprmFcaps: return decode_capabilities(body, into);
    case kConfigChange:
    case kFeatureChange:
    case kEventListener: return decode_config(body, into);
    default: return !has_subject(type) || decode_subject(body, into);
  }
}

// Records that the kernel logs without a task's audit context, and those of auditd itself, are
// alone and have no EOE. All others may be part of a syscall's event: its EOE or the timer ends
// that.
bool stands_alone(uint16_t type) {
  return is_user_type(type) || (type >= kDaemonFirst && type <= kDaemonLast) || type == kKernel ||
         type == kNetfilterPacket;
}

}  // namespace

std::optional<EventKey> decode_header(std::string_view text, size_t* body) {
  constexpr std::string_view kStart = "audit(";
  static constexpr char kAfter[] = {'.', ':', ')'};  // seconds, milliseconds, serial
  static constexpr uint64_t kMost[] = {kSecondsMax, 999, UINT32_MAX};
  if (!text.starts_with(kStart)) return std::nullopt;
  uint64_t numbers[3];
  const char* at = text.data() + kStart.size();
  const char* const end = text.data() + text.size();
  for (int i = 0; i < 3; ++i) {
    uint64_t number = 0;
    const char* const first = at;
    for (; at != end; ++at) {
      const uint32_t digit = static_cast<uint32_t>(*at) - '0';
      if (digit > 9) break;
      number = number * 10 + digit;
    }
    // More than 18 digits may have overflown.
    if (at == first || at - first > 18 || at == end || *at != kAfter[i] || number > kMost[i]) {
      return std::nullopt;
    }
    ++at;
    numbers[i] = number;
  }
  if (body != nullptr) {
    const auto head = static_cast<size_t>(at - text.data());
    *body = head + body_start(text.substr(head));
  }
  return EventKey{static_cast<int64_t>(numbers[0] * 1000 + numbers[1]),
                  static_cast<uint32_t>(numbers[2])};
}

void HeaderReader::read_anew(std::string_view text) {
  header_ = {};
  header_.key = decode_header(text, &header_.body);
  const size_t body = header_.body;
  // Without its last byte a header is another one; a body that begins at once has none such.
  size_ = header_.key && body <= sizeof last_ && text[body - 1] == ' ' ? body : 0;
  std::memcpy(last_, text.data(), size_);
}

void decode_record(const Datagram& datagram, EventKey key, AuditEvent& into) {
  decode_record(datagram, key, body_of(datagram.text), into);
}

namespace {

// `whole`: nothing of the datagram was cut off.
void add_record(const Datagram& datagram, std::string_view body, bool whole, AuditEvent& into) {
  bool parsed = whole;
  if (datagram.type == kEoe) {
    into.ended = true;
  } else {
    parsed = decode_body(datagram.type, body, into) && parsed;
    if (stands_alone(datagram.type)) into.ended = true;
  }
  into.rewritten |= datagram.rewritten;
  const size_t size = into.text.size() + datagram.text.size();
  if (into.records_cut != 0 || size + into.records.size() * kRecordOverhead > kEventTextBytesMax) {
    ++into.records_cut;
    return;
  }
  into.records.push_back({datagram.type, parsed, static_cast<uint32_t>(into.text.size()),
                          static_cast<uint32_t>(datagram.text.size())});
  into.text.append(datagram.text);
}

}  // namespace

void decode_record(const Datagram& datagram, EventKey key, std::string_view body,
                   AuditEvent& into) {
  into.key = key;
  // A datagram that filled the buffer has lost its end.
  add_record(datagram, body, datagram.text.size() < kDatagramBytesMax - kNetlinkHeader, into);
}

void decode_again(AuditEvent& event) {
  AuditEvent again;
  again.key = event.key;
  again.first_read = event.first_read;
  again.ended = event.ended;
  again.late = event.late;
  again.place_unknown = event.place_unknown;
  again.seen = event.seen;
  again.rewritten = event.rewritten;
  for (const AuditEvent::Record& record : event.records) {
    const std::string_view text = event.record_text(record);
    size_t body = 0;
    const bool stamped = decode_header(text, &body).has_value();
    add_record({record.type, text}, stamped ? text.substr(body) : body_of(text), record.parsed,
               again);
  }
  again.records_cut += event.records_cut;
  event = std::move(again);
}

}  // namespace spoor::agent
