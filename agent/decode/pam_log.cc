#include "agent/decode/pam_log.h"

#include "agent/decode/log_form.h"

namespace spoor::agent {
namespace {

using Kind = LogEvent::Kind;

constexpr LogForm kForms[] = {
    // modules/pam_unix/pam_unix_sess.c, of 1.5 and older
    {"session opened for user %a(uid=%u) by %b(uid=%v)", Kind::session_opened},
    {"session opened for user %a by %b(uid=%v)", Kind::session_opened},
    {"session closed for user %a", Kind::session_closed},
    // modules/pam_unix/support.c, _unix_verify_password(); SSSD's pam_sss.c says the same. The
    // account stands last, and only where it is known.
    {"authentication failure; logname=%b uid=%v euid=%_ tty=%l ruser=%b rhost=%h user=%a",
     Kind::failed},
    {"authentication failure; logname=%b uid=%v euid=%_ tty=%l ruser=%b rhost=%h", Kind::failed},
    {"auth could not identify password for [%a]", Kind::failed},
    // pam_unix_acct.c
    {"account %a has expired (%r)", Kind::refused},
    // pam_unix_passwd.c, pam_sm_chauthtok()
    {"password changed for %a", Kind::password_changed},
    // pam_faillock.c, pam_access.c, pam_listfile.c
    {"Consecutive login failures for user %a account temporarily locked", Kind::refused},
    {"access denied for user `%a' from `%h'", Kind::refused},
    {"Refused user %a for service %_", Kind::refused},
};

}  // namespace

// libpam/pam_syslog.c, pam_vsyslog(): "%s(%s:%s):" of module, service and kind of work.
bool decode_pam_log(std::string_view message, LogEvent& into) {
  if (!message.starts_with("pam_")) return false;
  const size_t end = message.find("): ");
  const std::string_view who = message.substr(0, end);
  const size_t open = who.find('('), colon = who.rfind(':');
  if (end == std::string_view::npos || open == std::string_view::npos ||
      colon == std::string_view::npos || colon < open || who.find(' ') < end) {
    return false;
  }
  into.service = who.substr(open + 1, colon - open - 1);
  const std::string_view text = trimmed(message.substr(end + 3));
  if (!match_forms(text, kForms, into)) return true;
  if (into.kind == Kind::refused && into.reason.empty()) into.reason = text;
  return true;
}

}  // namespace spoor::agent
