// What a line of a PAM or sshd log says. Its views are into the line, or static.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace spoor::agent {

struct LogEvent {
  enum class Kind : uint8_t {
    other,                // kept as text
    accepted,             // sshd or login let somebody in: method, account, address, port, key
    failed,               // sshd, login or PAM: a password or key was refused
    invalid_user,         // sshd: there is no such account
    disconnected,         // sshd: an authenticated or a known user's connection ended
    closed,               // sshd: it ended before anybody had logged in
    session_opened,       // PAM: `account` by `by_account`
    session_closed,
    command,              // sudo: account runs command as target; operation exit: has run it
    refused,              // sudo, su, pkexec, polkitd, sshd, PAM: not allowed; `reason`
    switched,             // su: account became target
    logind_opened,        // systemd-logind: its session `session` of `account`
    logind_closed,
    cron_command,
    account_changed,      // useradd, usermod, userdel, groupadd, gpasswd, chage: `operation`
    password_changed,
  };
  Kind kind = Kind::other;
  std::string_view program;        // the program that speaks so: sshd, sudo, …
  std::string_view service;        // PAM's: sshd, su-l, cron
  std::string_view account;        // of whom it speaks
  std::string_view by_account;     // on whose word: `by root(uid=0)`
  std::string_view target;         // the account that it became, or whose rights it had
  std::optional<uint32_t> uid, by_uid;
  std::string_view method;         // publickey, password, keyboard-interactive/pam, hostbased
  std::string_view key_type, key_fingerprint;
  std::string_view certificate_id, certificate_authority;
  std::optional<uint64_t> certificate_serial;
  std::string_view address, hostname;
  uint32_t port = 0;
  std::string_view terminal, cwd, command, session, group, operation, reason;
  std::optional<uint32_t> id;      // of an account or group that was made
  bool is_invalid_user = false;
  uint32_t times = 1;              // that the line stands for: rsyslog leaves out its repetitions
};

// All its texts, for who moves them to other bytes.
inline constexpr std::array kLogEventTexts = {
    &LogEvent::program, &LogEvent::service, &LogEvent::account, &LogEvent::by_account,
    &LogEvent::target, &LogEvent::method, &LogEvent::key_type, &LogEvent::key_fingerprint,
    &LogEvent::certificate_id, &LogEvent::certificate_authority, &LogEvent::address,
    &LogEvent::hostname, &LogEvent::terminal, &LogEvent::cwd, &LogEvent::command,
    &LogEvent::session, &LogEvent::group, &LogEvent::operation, &LogEvent::reason};

}  // namespace spoor::agent
