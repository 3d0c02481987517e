#include "agent/decode/login_log.h"

#include "agent/decode/log_form.h"

namespace spoor::agent {
namespace {

using Kind = LogEvent::Kind;

constexpr LogForm kLoginForms[] = {
    // util-linux, login-utils/login.c, loginpam_auth() and log_syslog(). FROM has the terminal
    // where there is no host. At the prompt anything can be typed for a name.
    {"FAILED LOGIN %_ FROM %h FOR %>a, %r", Kind::failed},
    {"TOO MANY LOGIN TRIES (%_) FROM %h FOR %>a, %r", Kind::failed},
    {"LOGIN ON %l BY %a FROM %h", Kind::accepted},
    {"LOGIN ON %l BY %a", Kind::accepted},
    // shadow-utils, src/login.c, main()
    {"FAILED LOGIN (%_) on '%l' from '%h' FOR '%>a', %r", Kind::failed},
    {"FAILED LOGIN (%_) on '%l' FOR '%>a', %r", Kind::failed},
    {"TOO MANY LOGIN TRIES (%_) on '%l' from '%h' FOR '%>a'", Kind::failed},
    {"TOO MANY LOGIN TRIES (%_) on '%l' FOR '%>a'", Kind::failed},
    {"'%a' logged in  on '%l' from '%h'", Kind::accepted},
    {"'%a' logged in  on '%l'", Kind::accepted},
};

constexpr LogForm kRootForms[] = {
    {"ROOT LOGIN ON %l FROM %h", Kind::accepted},
    {"ROOT LOGIN ON %l", Kind::accepted},
    {"ROOT LOGIN  on '%l' from '%h'", Kind::accepted},
    {"ROOT LOGIN  on '%l'", Kind::accepted},
};

// src/login/logind-session.c, session_start() (with class and type since 255), session_stop() and
// session_finalize().
constexpr LogForm kLogindForms[] = {
    {"New session '%s' of user '%a' with class '%_' and type '%_'.", Kind::logind_opened},
    {"New session %s of user %a.", Kind::logind_opened},
    {"Session %s logged out. Waiting for processes to exit.", Kind::logind_closed, "logged out"},
    {"Removed session %s.", Kind::logind_closed, "removed"},
};

// misc.c, log_it(): "(%s) %s (%s)" of user, event and detail. cronie's is the same.
constexpr LogForm kCronForms[] = {
    {"(%a) CMD (%c)", Kind::cron_command},
    {"(%a) %o (%_)", Kind::other},
};

}  // namespace

void decode_login_log(std::string_view message, LogEvent& into) {
  if (match_forms(message, kRootForms, into)) {
    into.account = "root";
  } else if (!match_forms(message, kLoginForms, into)) {
    return;
  }
  if (into.hostname.starts_with("tty") || into.hostname.starts_with("pts/")) {
    into.terminal = into.hostname;
    into.hostname = {};
  }
}

void decode_logind_log(std::string_view message, LogEvent& into) {
  match_forms(message, kLogindForms, into);
}

void decode_cron_log(std::string_view message, LogEvent& into) {
  match_forms(message, kCronForms, into);
}

}  // namespace spoor::agent
