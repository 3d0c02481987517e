#include "agent/decode/user_record.h"

#include <optional>
#include <string>

#include "agent/decode/fields.h"
#include "agent/decode/hex.h"
#include "agent/decode/values.h"

namespace spoor::agent {
namespace {

std::optional<bool> result_of(std::string_view value) {
  if (value == "success" || value == "1" || value == "yes") return true;
  if (value == "failed" || value == "0" || value == "no") return false;
  return std::nullopt;
}

// The kernel's part. False without a pid; `good` becomes so with an id that is none.
bool read_sender(std::string_view prefix, UserFields& user, bool& good) {
  bool has_pid = false;
  Fields fields(prefix);
  Field field;
  while (fields.next(field)) {
    switch (field.id) {
      case field_id("pid"): has_pid = parse_number(field.value, user.pid); break;
      case field_id("uid"): good &= parse_number(field.value, user.uid); break;
      case field_id("auid"): good &= parse_number(field.value, user.auid); break;
      case field_id("ses"): good &= parse_number(field.value, user.ses); break;
      default: break;
    }
  }
  return has_pid;
}

// The bytes of `6d:a3:7f`.
std::optional<std::string> bytes_of_hex(std::string_view text) {
  std::string bytes;
  for (; text.size() >= 2; text.remove_prefix(text.size() > 2 ? 3 : 2)) {
    const uint8_t high = kHexDigits[static_cast<uint8_t>(text[0])];
    const uint8_t low = kHexDigits[static_cast<uint8_t>(text[1])];
    const bool ends = text.size() == 2;
    if ((high | low) > 15 || (!ends && (text[2] != ':' || text.size() < 5))) return std::nullopt;
    bytes += static_cast<char>(high << 4 | low);
  }
  if (!text.empty()) return std::nullopt;
  return bytes;
}

// Without padding, as fingerprints are written.
std::string base64(std::string_view bytes) {
  constexpr std::string_view kDigits =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  uint32_t bits = 0, count = 0;
  for (const char c : bytes) {
    bits = (bits << 8 | static_cast<uint8_t>(c)) & 0xFFFF;
    for (count += 8; count >= 6; count -= 6) out += kDigits[bits >> (count - 6) & 63];
  }
  if (count != 0) out += kDigits[bits << (6 - count) & 63];
  return out;
}

void read_port(std::string_view value, uint32_t& port) {
  uint16_t number = 0;
  if (parse_number(value, number)) port = number;
}

// sshd writes the fingerprint in hex into a record (sshkey_fingerprint() with SSH_FP_HEX), and the
// same bytes in base 64 into its log: here it is the log's. Before 6.8 MD5 had no name.
bool put_fingerprint(AuditEvent& into, const Field& field, Slice& out) {
  constexpr std::string_view kSha256 = "SHA256:";
  constexpr size_t kShaBytes = 32, kMd5Bytes = 16;
  const bool is_sha = field.value.starts_with(kSha256);
  const auto bytes = bytes_of_hex(field.value.substr(is_sha ? kSha256.size() : 0));
  if (is_sha && bytes && bytes->size() == kShaBytes) {
    return put_bytes(into, std::string(kSha256) + base64(*bytes), out);
  }
  if (!is_sha && bytes && bytes->size() == kMd5Bytes) {
    return put_bytes(into, "MD5:" + std::string(field.value), out);
  }
  return put_word(into, field, out);
}

// The program's part. libaudit appends exe, hostname, addr, terminal and res itself, behind what
// the program gave it: of two that claim to be the same field the last is the truer.
bool read_message(std::string_view message, UserFields& user, AuditEvent& into) {
  bool good = true;
  Fields fields(message);
  Field field;
  while (fields.next(field)) {
    strip_parentheses(field);
    uint32_t id = 0;
    switch (field.id) {
      case field_id("op"):
        if (!is_nothing(field)) field.value = whole_op(message, field);
        good &= put_word(into, field, user.op);
        break;
      case field_id("acct"):
        // PAM writes "?" in quotes for an account it cannot name.
        if (field.value == "?") break;
        good &= put_either(into, field, user.account);
        break;
      case field_id("exe"): good &= put_either(into, field, user.exe); break;
      case field_id("cmd"): good &= put_either(into, field, user.command); break;
      case field_id("cwd"): good &= put_either(into, field, user.cwd); break;
      case field_id("comm"): good &= put_either(into, field, user.comm); break;
      case field_id("hostname"): good &= put_word(into, field, user.hostname); break;
      case field_id("addr"): good &= put_word(into, field, user.address); break;
      case field_id("terminal"): good &= put_word(into, field, user.terminal); break;
      case field_id("unit"): good &= put_word(into, field, user.unit); break;
      case field_id("id"):
        if (parse_number(field.value, id)) user.id = id;
        break;
      // What OpenSSH says of keys and ports where it is built to (Fedora's openssh-audit.patch).
      case field_id("fp"): good &= put_fingerprint(into, field, user.fingerprint); break;
      case field_id("kind"): good &= put_word(into, field, user.key_kind); break;
      case field_id("algo"): good &= put_word(into, field, user.key_type); break;
      case field_id("rport"): read_port(field.value, user.port); break;
      case field_id("lport"): read_port(field.value, user.local_port); break;
      case field_id("spid"): (void)parse_number(field.value, user.about_pid); break;
      case field_id("res"): user.success = result_of(field.value); break;
      default: break;
    }
  }
  return good && !fields.broken();
}

}  // namespace

// The text may hold quotes of its own, so the closing one is the last, or the last before auditd's
// suffix, whose names hold none. A record that was cut has none.
std::string_view message_of(std::string_view rest) {
  const size_t enriched = rest.rfind("'\x1d");
  const size_t close = enriched != std::string_view::npos ? enriched : rest.rfind('\'');
  return rest.substr(0, close);
}

void strip_parentheses(Field& field) {
  if (field.key.starts_with('(')) {
    field.key.remove_prefix(1);
    field.id = field_id(field.key);
  }
  if (field.quoted || field.value.starts_with('(')) return;
  while (field.value.ends_with(',') || field.value.ends_with(')')) field.value.remove_suffix(1);
}

std::string_view whole_op(std::string_view message, const Field& op) {
  if (op.quoted) return op.value;
  const auto begin = static_cast<size_t>(op.value.data() - message.data());
  const size_t next_value = message.find('=', begin + op.value.size());
  std::string_view words = message.substr(begin, next_value - begin);
  if (next_value != std::string_view::npos) words = words.substr(0, words.find_last_of(' '));
  return words.substr(0, words.find_last_not_of(" (") + 1);
}

bool decode_user(uint16_t type, std::string_view body, AuditEvent& into) {
  if (into.user) return false;
  UserFields user;
  user.type = type;
  const size_t message = body.find(kMessage);
  bool good = true;
  if (!read_sender(body.substr(0, message), user, good)) return false;
  if (message != std::string_view::npos) {
    good &= read_message(message_of(body.substr(message + kMessage.size())), user, into);
  }
  into.user = user;
  return good;
}

bool decode_login(std::string_view body, AuditEvent& into) {
  if (into.login) return false;
  LoginFields login;
  bool has_pid = false, has_auid = false, good = true;
  Fields fields(body);
  Field field;
  while (fields.next(field)) {
    const bool old = field.word == "old";  // `old auid=… new auid=…`: kernels before 3.10
    switch (field.id) {
      case field_id("pid"): has_pid = parse_number(field.value, login.pid); break;
      case field_id("uid"): good &= parse_number(field.value, login.uid); break;
      case field_id("auid"):
        if (old) {
          good &= parse_number(field.value, login.old_auid);
        } else {
          has_auid = parse_number(field.value, login.auid);
        }
        break;
      case field_id("ses"):
        good &= parse_number(field.value, old ? login.old_ses : login.ses);
        break;
      case field_id("old-auid"): good &= parse_number(field.value, login.old_auid); break;
      case field_id("old-ses"): good &= parse_number(field.value, login.old_ses); break;
      case field_id("tty"): good &= put_word(into, field, login.tty); break;
      case field_id("res"): login.success = result_of(field.value).value_or(false); break;
      default: break;
    }
  }
  if (!has_pid || !has_auid) return false;
  into.login = login;
  return good && !fields.broken();
}

namespace {

// `op=tty_set old-enabled=0 new-enabled=1 old-log_passwd=0 new-log_passwd=0`: two settings at once.
// Whether passwords are recorded, too, is told where that changed.
bool put_tty_setting(AuditEvent& into, Field field, ConfigFields& config, Slice& old_passwd) {
  const std::string_view name = field.key.substr(4);
  const bool is_old = field.key.starts_with("old-");
  if (name == "log_passwd") {
    if (is_old) return put_word(into, field, old_passwd);
    if (into.bytes(old_passwd) == field.value) return true;
    config.old_value = old_passwd;
  } else if (name != "enabled") {
    return true;
  } else if (is_old) {
    return put_word(into, field, config.old_value);
  }
  const bool good = put_word(into, field, config.new_value);
  field.value = name;
  return put_word(into, field, config.setting) && good;
}

}  // namespace

bool decode_config(std::string_view body, AuditEvent& into) {
  if (into.config) return true;  // a rule of a watched folder changes many at once
  ConfigFields config;
  Slice old_passwd;
  bool good = true;
  Fields fields(body);
  Field field;
  while (fields.next(field)) {
    switch (field.id) {
      case field_id("op"): good &= put_word(into, field, config.op); break;
      case field_id("old"): good &= put_word(into, field, config.old_value); break;
      case field_id("new"): good &= put_word(into, field, config.new_value); break;
      case field_id("feature"): good &= put_word(into, field, config.setting); break;
      case field_id("key"): good &= put_string(into, field, config.key); break;
      case field_id("auid"): good &= parse_number(field.value, config.auid); break;
      case field_id("ses"): good &= parse_number(field.value, config.ses); break;
      case field_id("pid"): good &= parse_number(field.value, config.pid); break;
      case field_id("res"): config.success = result_of(field.value); break;
      default:
        if (field.key.starts_with("old-") || field.key.starts_with("new-")) {
          good &= put_tty_setting(into, field, config, old_passwd);
          break;
        }
        // `audit_backlog_limit=8192 old=64`; counters that are reset go by their bare names.
        if (!field.key.starts_with("audit_") && field.key != "lost" &&
            field.key != "backlog_wait_time_actual") {
          break;
        }
        good &= put_word(into, field, config.new_value);
        field.value = field.key;
        good &= put_word(into, field, config.setting);
    }
  }
  into.config = config;
  return good && !fields.broken();
}

}  // namespace spoor::agent
