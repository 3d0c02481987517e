// A body is fields with words between them:
//
//   avc:  denied  { read write } for  pid=1 comm="cat" path="/etc/shadow" dev=…
//   pid=1 uid=0 … msg='op=PAM:session_open acct="alice" exe="/usr/sbin/sshd" … res=success'
//
// The fields become RecordFields in their order, flattened; the words go to Record::rest. What
// auditd appends in its enriched format comes behind them, and is never taken for them:
//
//   … ouid=0 nametype=NORMAL<0x1D>OUID="root"      saddr=0200…<0x1D>SADDR={ saddr_fam=inet … }
#include "agent/decode/record_fields.h"

#include <algorithm>
#include <string>

#include "agent/decode/audit_record.h"
#include "agent/decode/field_types.h"
#include "agent/decode/fields.h"
#include "agent/decode/sockaddr.h"
#include "agent/decode/syscall_arguments.h"
#include "agent/decode/user_record.h"
#include "agent/decode/values.h"
#include "agent/limits.h"
#include "common/audit/names.h"

namespace spoor::agent {
namespace {

constexpr uint16_t kDaemonFirst = 1200, kDaemonLast = 1299, kSyscall = 1300, kPath = 1302,
                   kSocketCall = 1304, kCwd = 1307, kExecve = 1309, kEoe = 1320, kProctitle = 1327;

bool has_its_place(uint16_t type, HasPlace place) {
  switch (type) {
    case kEoe: return true;
    case kPath:
    case kProctitle: return place != HasPlace::nothing;
    case kSyscall:
    case kCwd:
    case kExecve: return place == HasPlace::command;
    default: return false;
  }
}

// A name is printable and short; anything else is somebody's text that happens to hold a `=`.
bool is_name(std::string_view key) {
  return !key.empty() && key.size() <= kFieldNameBytesMax &&
         std::all_of(key.begin(), key.end(), [](char c) { return c > 0x20 && c < 0x7F; });
}

// What stands there when the kernel could not write a path. No path of the kernel's own begins so;
// a name that a program gave may.
bool is_failed_path(const Field& field) {
  return field.quoted && field.key != "name" &&
         (field.value == "<too_long>" || field.value == "<no_memory>");
}

uint32_t argument_index(std::string_view key) {
  return key.size() == 2 && key[0] == 'a' ? static_cast<uint32_t>(key[1] - '0') : 4;
}

class RecordReader {
 public:
  RecordReader(AuditEvent& event, AuditEvent::Record& record)
      : event_(event), record_(record),
        arch_(event.syscall ? event.syscall->arch : 0),
        syscall_(event.syscall ? syscall_name(arch_, event.syscall->number) : "") {
    if (record.type == kSocketCall && event.syscall) {
      socket_call_ = constant_name(Constant::socket_call, arch_, event.syscall->args[0]);
      syscall_ = socket_call_;
    }
  }

  void read() {
    record_.first_field = static_cast<uint32_t>(event_.fields.size());
    const std::string_view text = event_.record_text(record_);
    size_t at = 0;
    std::string_view body = decode_header(text, &at) ? text.substr(at) : text;
    const bool by_program = is_user_type(record_.type);
    const size_t message = by_program ? body.find(kMessage) : std::string_view::npos;
    size_t end = body.find(kEnriched);
    if (message == std::string_view::npos) {
      const bool by_daemon = record_.type >= kDaemonFirst && record_.type <= kDaemonLast;
      add_all(body.substr(0, end), by_daemon);
    } else {
      const std::string_view said = message_of(body.substr(message + kMessage.size()));
      end = body.find(kEnriched, message + kMessage.size() + said.size());
      add_all(body.substr(0, message), false);
      add_all(said, true);
    }
    record_.fields = static_cast<uint32_t>(event_.fields.size()) - record_.first_field;
    if (!put_bytes(event_, rest_, record_.rest)) record_.parsed = false;
    read_enriched(end == std::string_view::npos ? "" : body.substr(end + 1));
  }

  // Only what auditd appended, of a record that has its place elsewhere.
  void read_enriched() {
    record_.first_field = static_cast<uint32_t>(event_.fields.size());
    const std::string_view text = event_.record_text(record_);
    const size_t end = text.find(kEnriched);
    if (end != std::string_view::npos) read_enriched(text.substr(end + 1));
  }

 private:
  // `UID="alice" SADDR={ saddr_fam=inet laddr=10.0.0.1 lport=80 }`: names, not numbers, whatever
  // they look like. What is no such field is left to the text.
  void read_enriched(std::string_view suffix) {
    const size_t first = event_.fields.size();
    for (;;) {
      Fields fields(suffix);
      Field field;
      if (!fields.next(field)) {
        if (suffix.find_first_not_of(' ') != suffix.npos) record_.parsed = false;
        break;
      }
      size_t end = end_of(suffix, field);
      if (!field.quoted && field.value == "{") {
        const size_t close = suffix.find('}', end);
        end = close == std::string_view::npos ? suffix.size() : close + 1;
        const auto begin = static_cast<size_t>(field.value.data() - suffix.data());
        field.value = suffix.substr(begin, end - begin);
      }
      const bool between = field.key.data() != suffix.data() + suffix.find_first_not_of(' ');
      if (between || fields.broken() || !is_name(field.key) || !add_enriched(field)) {
        record_.parsed = false;
        break;
      }
      suffix.remove_prefix(end);
    }
    record_.enriched = static_cast<uint32_t>(event_.fields.size() - first);
  }

  bool add_enriched(const Field& field) {
    if (event_.fields.size() >= kRecordFieldsMax) return false;
    RecordField out;
    if (!put_bytes(event_, field.key, out.name)) return false;
    out.absent = is_nothing(field);
    if (field.quoted) out.kind = RecordField::Kind::text;
    else if (!out.absent && !put_plain(field, out)) return false;
    if (field.quoted && !put_bytes(event_, field.value, out.value)) return false;
    event_.fields.push_back(out);
    return true;
  }

  // `loose`: programs write these, with parentheses and commas, and op= in several words.
  void add_all(std::string_view body, bool loose) {
    Field field;
    for (;;) {
      Fields fields(body);
      if (!fields.next(field)) break;
      if (fields.broken()) record_.parsed = false;
      add_words(body.substr(0, static_cast<size_t>(field.key.data() - body.data())));
      const size_t end = end_of(body, field);
      if (loose) strip_parentheses(field);
      if (!is_name(field.key)) {
        const auto begin = static_cast<size_t>(field.key.data() - body.data());
        add_words(body.substr(begin, end - begin));
      } else if (!add(field)) {
        record_.parsed = false;
        return;
      }
      body.remove_prefix(end);
      if (loose && field.id == field_id("op")) body = behind_op(body, field);
    }
    add_words(body);
  }

  // Where the field ends in `body`. A value in single quotes gets them taken off.
  static size_t end_of(std::string_view body, Field& field) {
    const auto begin = static_cast<size_t>(field.value.data() - body.data());
    if (!field.quoted && field.value.starts_with('\'')) {
      const size_t close = body.find('\'', begin + 1);
      if (close != std::string_view::npos) {
        field.value = body.substr(begin + 1, close - begin - 1);
        field.quoted = true;
        return close + 1;
      }
    }
    return std::min(begin + field.value.size() + (field.quoted ? 1 : 0), body.size());
  }

  bool add(Field field) {
    if (event_.fields.size() >= kRecordFieldsMax) return false;
    RecordField out;
    if (!put_bytes(event_, field.key, out.name)) return false;
    const FieldType type = field_type(record_.type, field.key);
    if (!put_value(field, type, out)) return false;
    event_.fields.push_back(out);
    return true;
  }

  bool put_value(const Field& field, const FieldType& type, RecordField& out) {
    // PAM writes acct="?" for an account it cannot name.
    if (is_nothing(field) || (field.quoted && field.value == "?" && field.key == "acct")) {
      out.absent = true;
      return true;
    }
    if (field.quoted) return put_quoted(field, type.form, out);
    switch (type.form) {
      case FieldForm::text:
      case FieldForm::path:
        out.kind = type.form == FieldForm::path ? RecordField::Kind::path : RecordField::Kind::text;
        return put_either(event_, field, out.value);
      case FieldForm::id: return put_id(field, out) || put_any(field, type, out);
      case FieldForm::word: return put_plain(field, out);
      case FieldForm::address: return put_address(field, out) || put_any(field, type, out);
      case FieldForm::sockaddr:
        if (put_sockaddr(field, out)) return true;
        record_.parsed = false;
        return put_plain(field, out);
      default: return put_any(field, type, out);
    }
  }

  bool put_quoted(const Field& field, FieldForm form, RecordField& out) {
    if (form == FieldForm::word) return put_plain(field, out);
    out.kind = form == FieldForm::path ? RecordField::Kind::path : RecordField::Kind::text;
    out.absent = form == FieldForm::path && is_failed_path(field);
    return put_bytes(event_, field.value, out.value);
  }

  // As it stands. Words are ASCII in truth; bytes that are no text must not be called a word.
  bool put_plain(const Field& field, RecordField& out) {
    out.kind = is_utf8(field.value) ? RecordField::Kind::word : RecordField::Kind::text;
    return put_bytes(event_, field.value, out.value);
  }

  // A number if it is one. False only where there is no room.
  bool put_any(const Field& field, const FieldType& type, RecordField& out) {
    std::string_view digits = field.value;
    const bool marked = digits.starts_with("0x");
    if (marked) digits.remove_prefix(2);
    uint64_t bits = 0;
    // A leading zero is a set of digits, not a number: `00000000`, `007`.
    const bool plain = digits == "0" || !digits.starts_with('0');
    if ((marked || type.form == FieldForm::hex) && parse_hex(digits, bits)) {
      out.kind = RecordField::Kind::hex;
    } else if (type.form == FieldForm::octal && parse_octal(digits, bits)) {
      out.kind = RecordField::Kind::number;
    } else if ((plain || type.form == FieldForm::number) && parse_signed(digits, out.number)) {
      out.kind = RecordField::Kind::number;
      return put_bytes(event_, meaning(field, type, static_cast<uint64_t>(out.number)),
                       out.meaning);
    } else {
      return put_plain(field, out);
    }
    out.number = static_cast<int64_t>(bits);
    return put_bytes(event_, meaning(field, type, bits), out.meaning);
  }

  bool put_id(const Field& field, RecordField& out) {
    uint32_t id = kUnsetId;
    if (field.value != "-1" && !parse_number(field.value, id)) return false;
    out.kind = RecordField::Kind::id;
    out.number = id;
    out.absent = id == kUnsetId;
    return put_bytes(event_, out.absent ? "unset" : "", out.meaning);
  }

  bool put_address(const Field& field, RecordField& out) {
    SocketAddress address;
    if (!parse_ip_address(field.value, event_, address)) return false;
    add_address(address, out);
    return true;
  }

  bool put_sockaddr(const Field& field, RecordField& out) {
    // The bytes themselves are not kept: the address has them all.
    const size_t before = event_.values.size();
    Slice bytes;
    if (append_value(event_, field, kEventValuesBytesMax, bytes) != Taken::whole) return false;
    const std::string copy(event_.bytes(bytes));
    event_.values.resize(before);
    SocketAddress address;
    if (!decode_sockaddr(copy, arch_, event_, address)) return false;
    add_address(address, out);
    return true;
  }

  void add_address(const SocketAddress& address, RecordField& out) {
    out.kind = RecordField::Kind::address;
    out.address = static_cast<uint32_t>(event_.addresses.size());
    event_.addresses.push_back(address);
  }

  std::string meaning(const Field& field, const FieldType& type, uint64_t value) {
    switch (field.id) {
      case field_id("arch"):
        arch_ = static_cast<uint32_t>(value);
        return arch_name(arch_);
      case field_id("syscall"):
        syscall_ = syscall_name(arch_, static_cast<uint32_t>(value));
        return std::string(syscall_);
      case field_id("exit"):
        if (static_cast<int64_t>(value) >= 0) return "";
        break;
      default: break;
    }
    if (const uint32_t index = argument_index(field.key); index < 4) {
      if (record_.type != kSyscall && record_.type != kSocketCall) return "";
      args_[index] = value;
      return argument_meaning(arch_, syscall_, index, args_);
    }
    if (!type.names) return "";
    const bool negative = static_cast<int64_t>(value) < 0;
    if (*type.names == Constant::errno_number && negative) value = ~value + 1;
    return constant_name(*type.names, arch_, value);
  }

  // The words that belong to op= become part of it. Returns what is left of the body behind them.
  std::string_view behind_op(std::string_view body, const Field& op) {
    const auto size = static_cast<size_t>(body.data() + body.size() - op.value.data());
    const std::string_view whole = whole_op({op.value.data(), size}, op);
    const char* const end = whole.data() + whole.size();
    if (op.quoted || end <= body.data()) return body;
    Slice value;
    if (!put_bytes(event_, whole, value)) return body;
    RecordField& field = event_.fields.back();
    field.value = value;
    if (!is_utf8(whole)) field.kind = RecordField::Kind::text;
    return body.substr(static_cast<size_t>(end - body.data()));
  }

  void add_words(std::string_view words) {
    for (;;) {
      const size_t start = words.find_first_not_of(' ');
      if (start == std::string_view::npos) return;
      const size_t end = std::min(words.find(' ', start), words.size());
      if (!rest_.empty()) rest_ += ' ';
      rest_ += words.substr(start, end - start);
      words.remove_prefix(end);
    }
  }

  AuditEvent& event_;
  AuditEvent::Record& record_;
  uint32_t arch_;             // of the record, else of the event's syscall
  std::string_view syscall_;  // whose arguments a0..a3 are
  std::string socket_call_;
  uint64_t args_[4] = {};
  std::string rest_;
};

}  // namespace

void decode_fields(AuditEvent& event, HasPlace place) {
  event.fields.clear();
  event.addresses.clear();
  event.members.clear();
  for (AuditEvent::Record& record : event.records) {
    record.first_field = record.fields = record.enriched = 0;
    record.rest = {};
    if (!has_its_place(record.type, place)) RecordReader(event, record).read();
    else if (event.enriched) RecordReader(event, record).read_enriched();
  }
}

}  // namespace spoor::agent
