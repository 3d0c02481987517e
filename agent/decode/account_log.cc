#include "agent/decode/account_log.h"

#include "agent/decode/log_form.h"

namespace spoor::agent {
namespace {

using Kind = LogEvent::Kind;
constexpr Kind kChanged = Kind::account_changed;
constexpr Kind kPassword = Kind::password_changed;

// Operations are named as the audit records of the same tools name them, where these do.
constexpr LogForm kForms[] = {
    // src/useradd.c, usr_update() and grp_add(); from= since 4.9
    {"new user: name=%a, UID=%i, GID=%_", kChanged, "add-user"},
    {"new group: name=%g, GID=%i", kChanged, "add-group"},
    {"add '%a' to group '%g'", kChanged, "add-user-to-group"},
    {"add '%a' to shadow group '%g'", kChanged, "add-user-to-group"},
    // src/groupadd.c, add_group(): the passwd file, and gshadow without a GID
    {"group added to %_: name=%g, GID=%i", kChanged, "add-group"},
    {"group added to %_: name=%g", kChanged, "add-group"},
    // src/userdel.c
    {"delete user '%a'", kChanged, "delete-user"},
    {"delete '%a' from group '%g'", kChanged, "delete-user-from-group"},
    {"delete '%a' from shadow group '%g'", kChanged, "delete-user-from-group"},
    {"removed group '%g' owned by '%a'", kChanged, "delete-group"},
    {"removed shadow group '%g' owned by '%a'", kChanged, "delete-group"},
    // src/groupdel.c, src/groupmod.c
    {"group '%g' removed from %_", kChanged, "delete-group"},
    {"group '%g' removed", kChanged, "delete-group"},
    {"group changed in %_ (group %g/%i, %_)", kChanged, "change-group"},
    {"group changed in %_ (group %g, %_)", kChanged, "change-group"},
    // src/usermod.c, new_pwent(), new_spent() and update_group()
    {"change user name '%a' to '%t'", kChanged, "rename-user"},
    {"change user '%a' UID from '%_' to '%i'", kChanged, "change-uid"},
    {"change user '%a' GID from '%_' to '%i'", kChanged, "change-gid"},
    {"change user '%a' home from '%_' to '%_'", kChanged, "change-home"},
    {"change user '%a' shell from '%_' to '%_'", kChanged, "change-shell"},
    {"change user '%a' inactive from '%_' to '%_'", kChanged, "change-inactive"},
    {"change user '%a' expiration from '%_' to '%_'", kChanged, "change-expiration"},
    {"change user '%a' password", kPassword, "change-password"},
    {"lock user '%a' password", kChanged, "lock-password"},
    {"unlock user '%a' password", kChanged, "unlock-password"},
    {"change '%a' to '%t' in group '%g'", kChanged, "rename-user-in-group"},
    {"change '%a' to '%t' in shadow group '%g'", kChanged, "rename-user-in-group"},
    // src/gpasswd.c, log_gpasswd_success(): last, or " in FILE" behind it
    {"user %a added by %b to group %g in %_", kChanged, "add-user-to-group"},
    {"user %a added by %b to group %g", kChanged, "add-user-to-group"},
    {"user %a removed by %b from group %g in %_", kChanged, "delete-user-from-group"},
    {"user %a removed by %b from group %g", kChanged, "delete-user-from-group"},
    {"members of group %g set by %b to %_", kChanged, "change-group-members"},
    {"administrators of group %g set by %b to %_", kChanged, "change-group-administrators"},
    {"password of group %g changed by %b", kChanged, "change-group-password"},
    {"password of group %g removed by %b", kChanged, "delete-group-password"},
    {"access to group %g restricted by %b", kChanged, "restrict-group"},
    // src/passwd.c, src/chage.c, src/chfn.c, src/chsh.c; quotes of releases before 4.1 as well
    {"password for '%a' changed by '%b'", kPassword, "change-password"},
    {"password for `%a' changed by `%b'", kPassword, "change-password"},
    {"changed password expiry for %a", kChanged, "change-expiry"},
    {"changed user '%a' information", kChanged, "change-information"},
    {"changed user '%a' shell to '%_'", kChanged, "change-shell"},
};

}  // namespace

void decode_account_log(std::string_view message, LogEvent& into) {
  if (!match_forms(message, kForms, into)) return;
  if (into.by_account.find(" in /") != std::string_view::npos) {
    into.by_account = into.by_account.substr(0, into.by_account.find(" in /"));
  }
}

}  // namespace spoor::agent
