// sshd's lines. A name that is tried may hold anything, also a whole line of sshd's:
//
//   Failed password for invalid user N from 10.0.0.9 port 4711 ssh2
//                                    └─ up to 100 bytes, with blanks, " from 6.6.6.6 port 22 ssh2"
//   Failed publickey for invalid user N from 10.0.0.9 port 4711 ssh2: ED25519-CERT … ID I (serial …
//                                                     of a certificate that anybody made ┘
//
// The first is read from its end. In the second, both sides of the address are the client's: every
// place that could be it is tried, and if two could, none is taken. An account that exists has no
// such name, and its line is read from the left.
#include "agent/decode/ssh_log.h"

#include "agent/decode/fields.h"
#include "agent/decode/log_form.h"

namespace spoor::agent {
namespace {

using Kind = LogEvent::Kind;
constexpr size_t kNone = std::string_view::npos;

// log.c, do_log(): syslog(pri, "%.500s", …). The end of such a line is where it was cut, which the
// length of a name can choose: nothing is read from there.
constexpr size_t kMessageBytesMax = 500;

bool is_method(std::string_view text) {
  return !text.empty() &&
         text.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-_/") == kNone;
}

// A fingerprint, sshkey_fingerprint(): SHA256:…, MD5:…
bool is_fingerprint(std::string_view text) {
  return text.find(':') != kNone && text.find(' ') == kNone;
}

// `TYPE FINGERPRINT ID … (serial N) CA TYPE FINGERPRINT`; releases 7 have no fingerprint before ID.
bool read_certificate(std::string_view info, LogEvent& into) {
  const size_t id = info.find(" ID "), serial = info.rfind(" (serial ");
  if (id == kNone || serial == kNone || serial < id + 4) return false;
  std::string_view type = info.substr(0, id), fingerprint;
  if (const size_t blank = type.find(' '); blank != kNone) {
    fingerprint = type.substr(blank + 1);
    type = type.substr(0, blank);
    if (!is_fingerprint(fingerprint)) return false;
  }
  const std::string_view end = info.substr(serial + 9);
  const size_t ca = end.find(") CA ");
  uint64_t number = 0;
  if (!type.ends_with("-CERT") || ca == kNone || !parse_number(end.substr(0, ca), number)) {
    return false;
  }
  const std::string_view authority = end.substr(ca + 5);
  const size_t blank = authority.find(' ');
  if (blank == kNone || !is_fingerprint(authority.substr(blank + 1))) return false;
  into.key_type = type;
  into.key_fingerprint = fingerprint;
  into.certificate_id = info.substr(id + 4, serial - id - 4);
  into.certificate_serial = number;
  into.certificate_authority = authority.substr(blank + 1);
  return true;
}

// What stands behind `ssh2: `: auth.c, format_method_key(), and auth2_record_info() behind it.
bool read_info(std::string_view info, LogEvent& into) {
  if (into.method == "hostbased") {
    // auth2-hostbased.c: what the client claims, behind the key.
    const size_t claims = info.find(", client user \"");
    if (claims != kNone && !info.ends_with('"')) return false;
    info = info.substr(0, claims);
  } else if (into.method != "publickey") {
    return into.method.starts_with("gssapi");  // the name of a principal
  }
  if (read_certificate(info, into)) return true;
  const size_t blank = info.find(' ');
  if (blank == kNone || !is_fingerprint(info.substr(blank + 1))) return false;
  into.key_type = info.substr(0, blank);
  into.key_fingerprint = info.substr(blank + 1);
  return true;
}

// ` from ADDRESS port N ssh2`, at the front of `text`; what follows is left in it.
bool take_place(std::string_view& text, LogEvent& into) {
  std::string_view rest = text;
  if (!take_prefix(rest, " from ")) return false;
  const size_t end = rest.find(" ssh2");
  if (end == kNone || !matches_form(rest.substr(0, end), "%h port %p", into)) return false;
  if (into.address.empty() && !rest.starts_with("UNKNOWN ")) return false;
  text = rest.substr(end + 5);
  return true;
}

// One way to read an attempt whose account ends at `at`.
bool read_attempt(std::string_view text, size_t at, bool cut, LogEvent& into) {
  into.account = text.substr(0, at);
  std::string_view rest = text.substr(at);
  if (!take_place(rest, into)) return false;
  if (rest.empty()) return true;
  if (!take_prefix(rest, ": ")) return false;
  return (!cut && read_info(rest, into)) || !into.is_invalid_user;
}

// auth.c, auth_log(): "%s %s%s%s for %s%.100s from %.200s port %d ssh2%s%s".
bool decode_attempt(std::string_view text, bool cut, LogEvent& into) {
  static constexpr struct {
    std::string_view word;
    Kind kind;
    std::string_view operation;
  } kOutcomes[] = {{"Accepted ", Kind::accepted, ""},
                   {"Failed ", Kind::failed, ""},
                   {"Postponed ", Kind::other, "postponed"},
                   {"Partial ", Kind::other, "partial"}};
  for (const auto& outcome : kOutcomes) {
    if (!take_prefix(text, outcome.word)) continue;
    const size_t end = text.find(" for ");
    if (end == kNone || !is_method(text.substr(0, end))) return false;
    LogEvent read = into;
    read.method = text.substr(0, end);
    text.remove_prefix(end + 5);
    read.is_invalid_user = take_prefix(text, "invalid user ");
    const LogEvent bare = read;
    size_t ways = 0;
    for (size_t at = text.find(" from "); at != kNone; at = text.find(" from ", at + 1)) {
      LogEvent way = bare;
      if (!read_attempt(text, at, cut, way)) continue;
      if (++ways == 1) read = way;
      if (!bare.is_invalid_user) break;
    }
    if (bare.is_invalid_user && (cut || ways != 1)) read = bare;
    // `Accepted key … found at …` and others that are no attempt.
    if (ways == 0 && !bare.is_invalid_user) return false;
    into = read;
    into.kind = outcome.kind;
    into.operation = outcome.operation;
    return true;
  }
  return false;
}

// packet.c, sshpkt_fmt_connection_id(): "%.200s%s%s port %d" of whom sshd takes the other side for
// (since 7.5), its address and port. A name that does not exist may hold anything, and what stands
// behind it is read from the end:
//
//   Connection closed by invalid user N 10.0.0.9 port 4711 [preauth]
//                                     └─ "x 6.6.6.6 port 22", and blanks
//
// Whether the end is sshd's own: its 200 bytes hold 187 of a name, each of which may be written as
// five (\\377), so a name alone can reach the 500 at which a line is cut, and journald takes blanks
// off that end. But then fewer than 100 of its bytes are blanks: what is left has 400 bytes.
constexpr size_t kSurelyWhole = 300;

constexpr LogForm kRemotes[] = {
    {"authenticating user %>a %h port %p", Kind::closed},
    {"user %>a %h port %p", Kind::disconnected},
    {"%h port %p", Kind::closed},
    {"%h", Kind::closed},  // before 7.2
};
constexpr LogForm kInvalid[] = {{"invalid user %>A %h port %p", Kind::closed}};

bool tell_kind_alone(LogEvent& into) {
  into.is_invalid_user = true;
  into.kind = Kind::closed;
  return true;
}

bool match_remote(std::string_view text, bool whole, LogEvent& into) {
  const bool is_invalid = text.starts_with("invalid user ");
  LogEvent read = into;
  const bool matches = is_invalid ? whole && match_forms(text, kInvalid, read)
                                  : match_forms(text, kRemotes, read);
  const bool is_place = !read.address.empty() || text.find("UNKNOWN port ") != kNone;
  if (matches && is_place) {
    into = read;
    return true;
  }
  return is_invalid && tell_kind_alone(into);
}

// `REMOTE: reason`. Both may hold what the client chose ("Change of username or service not
// allowed: (N,…"), and a ": " with an address before it: if two could be the border, none is taken.
bool match_remote_and_reason(std::string_view text, bool whole, LogEvent& into) {
  const bool is_invalid = text.starts_with("invalid user ");
  LogEvent read = into;
  size_t ways = 0;
  for (size_t at = text.find(": "); at != kNone; at = text.find(": ", at + 1)) {
    LogEvent way = into;
    if (!match_remote(text.substr(0, at), whole, way) || (is_invalid && way.port == 0)) continue;
    way.reason = text.substr(at + 2);
    if (++ways == 1) read = way;
    if (!is_invalid) break;
  }
  if (ways == 1) {
    into = read;
    return true;
  }
  return is_invalid && tell_kind_alone(into);
}

// The names of functions that sshpkt_vfatal() puts before its words since 7.5.
std::string_view without_tags(std::string_view text) {
  std::string_view rest = text;
  for (size_t end = rest.find(": "); end != kNone; end = rest.find(": ")) {
    const std::string_view tag = rest.substr(0, end);
    if (tag.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_ ") != kNone) break;
    rest.remove_prefix(end + 2);
  }
  return rest.starts_with("Connection from ") ? rest : text;
}

// How a connection ended: packet.c, sshpkt_vfatal(), ssh_packet_disconnect() and
// ssh_packet_read_poll_seqnr().
bool decode_end(std::string_view text, bool before_login, LogEvent& into) {
  const bool whole = text.size() < kSurelyWhole;
  for (const std::string_view words :
       {"Connection closed by ", "Connection reset by ", "Disconnected from "}) {
    if (!take_prefix(text, words)) continue;
    if (!match_remote(text, whole, into)) return false;
    // Releases before 7.5 name nobody here.
    if (words.starts_with('D') && into.account.empty() && !into.is_invalid_user) {
      into.kind = Kind::disconnected;
    }
    if (before_login) into.kind = Kind::closed;
    return true;
  }
  if (matches_form(text, "Received disconnect from %h port %p:%_: %r", into) ||
      matches_form(text, "Received disconnect from %h: %_: %r", into)) {
    into.kind = before_login ? Kind::closed : Kind::disconnected;
    return true;
  }
  text = without_tags(text);
  for (const std::string_view words :
       {"Connection from ", "Disconnecting ", "Unable to negotiate with "}) {
    if (!take_prefix(text, words)) continue;
    // What stands behind "Disconnecting" may end so, too: the client has a part in it.
    if (words.starts_with('C') && take_suffix(text, " timed out")) {
      if (!match_remote(text, whole, into)) return false;
      into.reason = "timed out";
    } else if (!match_remote_and_reason(text, whole, into)) {
      return false;
    }
    if (before_login) into.kind = Kind::closed;
    return true;
  }
  return false;
}

constexpr LogForm kForms[] = {
    // auth.c, getpwnamallow(); the port since 7.4
    {"Invalid user %>A from %h port %p", Kind::invalid_user},
    {"Invalid user %>A from %h", Kind::invalid_user},
    // auth.c, allowed_user() and auth_root_allowed(); auth2.c; auth2-pubkey.c
    {"User %a from %h not allowed because %r", Kind::refused},
    {"User %a not allowed because %r", Kind::refused},
    {"Access denied for user %a by PAM account configuration", Kind::refused},
    {"Authentication refused: %r", Kind::refused},
    // auth.c, auth_maxtries_exceeded()
    {"maximum authentication attempts exceeded for invalid user %>A from %h port %p ssh2",
     Kind::refused},
    {"maximum authentication attempts exceeded for %>a from %h port %p ssh2", Kind::refused},
    // sshd.c and sshd-session.c
    {"Timeout before authentication for connection from %h to %_", Kind::closed},
    {"Timeout before authentication for %h port %p", Kind::closed},
    {"Did not receive identification string from %h port %p", Kind::closed},
    // before 8.1; its text is the client's, of up to 800 characters, and may be cut as well
    {"Bad protocol version identification %_", Kind::closed},
    {"drop connection #%_ from [%h]:%p on [%_]:%_ %r", Kind::closed},
};

constexpr LogForm kRootRefused[] = {{"ROOT LOGIN REFUSED FROM %h port %p", Kind::refused}};

// auth-pam.c, sshpam_auth_passwd() and sshpam_query().
constexpr LogForm kPamErrors[] = {
    {"PAM: %r for illegal user %>A from %h", Kind::failed},
    {"PAM: %r for invalid user %>A from %h", Kind::failed},
    {"PAM: %r for %>a from %h", Kind::failed},
};

// Keys that were refused: auth2-pubkey.c, auth2-pubkeyfile.c, auth-options.c, authfile.c.
constexpr LogForm kKeyErrors[] = {
    {"userauth_pubkey: %r", Kind::failed},
    {"Certificate invalid: %r", Kind::failed},
    {"Authentication key %k %f revoked by file %_", Kind::failed},
    {"Refused by %_ options", Kind::failed},
    {"Certificate does not contain an authorized principal", Kind::failed},
    {"Authentication tried for %a with %_ not from a permitted host (host=%_, ip=%h, required=%_).",
     Kind::failed},
    {"Authentication tried for %a with %_ not from a permitted source address (%h).",
     Kind::failed},
};

bool match_method(std::string_view text, std::span<const LogForm> forms, std::string_view method,
                  LogEvent& into) {
  if (!match_forms(text, forms, into)) return false;
  into.method = method;
  if (into.reason.empty()) into.reason = text;
  return true;
}

}  // namespace

void decode_ssh_log(std::string_view message, LogEvent& into) {
  const bool cut = message.size() >= kMessageBytesMax;
  // monitor.c, mm_log_handler(): what the child without privileges has said.
  const bool before_login = take_suffix(message, " [preauth]");
  if (!take_prefix(message, "error: ")) take_prefix(message, "fatal: ");  // log.c, do_log()

  if (decode_attempt(message, cut, into) || decode_end(message, before_login, into)) return;
  if (match_forms(message, kRootRefused, into)) {
    into.account = "root";
    return;
  }
  LogEvent read = into;
  // The options of a key are told with the file and line that it stands in.
  const size_t tried = message.find("Authentication tried for ");
  const std::string_view key_error =
      tried != kNone && message.starts_with('/') ? message.substr(tried) : message;
  if (!match_forms(message, kForms, read) &&
      !match_method(message, kPamErrors, "keyboard-interactive/pam", read) &&
      !match_method(key_error, kKeyErrors, "publickey", read)) {
    return;
  }
  if (!cut) into = read;
  into.kind = read.kind;
  if (into.kind == Kind::refused && into.reason.empty()) {
    into.reason = message.substr(0, message.find(" for "));
  }
}

}  // namespace spoor::agent
