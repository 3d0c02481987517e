#include <spdlog/fmt/fmt.h>

#include <algorithm>

#include "agent/doctor/checks.h"

namespace spoor::agent {
namespace {

constexpr const char* kAgent = "spoor-agent";

std::string described(const Program& program) {
  return fmt::format("{} (pid {}{})", program.comm.empty() ? "a program" : program.comm,
                     program.pid, program.exe.empty() ? "" : ", " + program.exe);
}

}  // namespace

Finding check_seat(const HostFacts& facts) {
  const char* name = "seat";
  if (!facts.seat_holder)
    return {Level::unknown, name, facts.seat_holder.why(), "run this as root"};
  if (facts.seat_holder->pid == 0) {
    return {Level::ok, name, "no audit daemon runs: the agent can become it", ""};
  }
  if (!other_has_seat(facts)) {
    return {Level::ok, name, described(*facts.seat_holder) + " is the audit daemon", ""};
  }
  return {Level::missing, name,
          described(*facts.seat_holder) + " is the kernel's audit daemon, which only one program "
          "can be: our rules are not loaded, and records come without a guarantee at best",
          "stop it for good and start the agent: systemctl disable auditd; service auditd stop"};
}

Finding check_auditd_disk(const HostFacts& facts) {
  const char* name = "auditd-disk";
  if (!facts.auditd) {
    return {Level::unknown, name, facts.auditd.why(), "run this as root"};
  }
  std::string stops;
  const auto judge = [&](const char* when, const std::string& action) {
    const bool bad = action == "halt" || action == "single" || action == "suspend";
    if (bad) stops += (stops.empty() ? "" : ", ") + fmt::format("{} = {}", when, action);
  };
  judge("disk_full_action", facts.auditd->disk_full);
  judge("disk_error_action", facts.auditd->disk_error);
  judge("admin_space_left_action", facts.auditd->admin_space_left);
  judge("space_left_action", facts.auditd->space_left);
  judge("max_log_file_action", facts.auditd->max_log_file);
  if (!other_has_seat(facts)) {
    return {Level::ok, name, stops.empty() ? "no auditd could stop this host"
                                           : "auditd does not hold the seat: " + stops +
                                                 " does nothing", ""};
  }
  if (stops.empty()) return {Level::ok, name, "auditd's full disk stops nothing", ""};
  return {Level::risk, name,
          "a full disk of auditd's ends recording, or this host: " + stops,
          "in /etc/audit/auditd.conf: disk_full_action = ROTATE, disk_error_action = SYSLOG, "
          "admin_space_left_action = SYSLOG; service auditd reload"};
}

Finding check_journald(const HostFacts& facts) {
  const char* name = "journald";
  if (!facts.journald) return {Level::unknown, name, facts.journald.why(), "run this as root"};
  if (facts.journald->does != JournaldAudit::Does::switches_off) {
    return {Level::ok, name, "journald does not switch audit off", ""};
  }
  const std::string what = "journald switches the kernel's audit off whenever it starts: " +
                           facts.journald->because;
  if (facts.journald_socket_masked) {
    return {Level::ok, name, what + ". Its audit socket is masked: it does not get that far", ""};
  }
  return {Level::missing, name, what,
          "a file /etc/systemd/journald.conf.d/spoor.conf with the two lines [Journal] and Audit= "
          "(empty: leave it alone); then restart systemd-journald, and spoor-agent"};
}

Finding check_listeners(const HostFacts& facts) {
  const char* name = "listeners";
  if (!facts.listeners) return {Level::unknown, name, facts.listeners.why(), "run this as root"};
  std::string others;
  for (const Program& program : *facts.listeners) {
    if (program.comm == kAgent) continue;
    others += (others.empty() ? "" : ", ") + described(program);
  }
  if (others.empty()) return {Level::ok, name, "nobody else reads the kernel's records", ""};
  const bool journald = others.find("systemd-journal") != others.npos;
  return {Level::risk, name,
          others + " reads each record, too: it costs time, and keeps copies of arguments where "
          "others may read them",
          !journald ? "see whether it should"
          : facts.journald_socket_masked
              ? "configured: its socket is masked; takes effect when journald starts anew "
                "(systemctl restart systemd-journald)"
              : "systemctl mask --now systemd-journald-audit.socket; systemctl restart "
                "systemd-journald"};
}

Finding check_pam(const HostFacts& facts) {
  const char* name = "pam-loginuid";
  if (!facts.pam) return {Level::unknown, name, facts.pam.why(), "run this as root"};
  if (facts.pam->empty()) {
    return {Level::ok, name, "PAM knows no service by which people come in", ""};
  }
  std::string without, with;
  for (const PamService& service : *facts.pam) {
    std::string& names = service.sets_login_uid ? with : without;
    names += (names.empty() ? "" : ", ") + service.name;
  }
  if (without.empty()) return {Level::ok, name, "set by " + with, ""};
  return {Level::missing, name,
          "who comes in through these has no login uid, and no session: " + without,
          "add to each in /etc/pam.d: session required pam_loginuid.so"};
}

Finding check_login_uid(const HostFacts& facts) {
  const char* name = "loginuid-lock";
  if (!facts.features) return {Level::unknown, name, facts.features.why(), "run this as root"};
  if (facts.features->immutable) {
    return {Level::ok, name, facts.features->locked
                                 ? "login uids cannot be changed, until the next boot"
                                 : "login uids cannot be changed", ""};
  }
  const char* what = "root can change the login uid of its processes, and so act as somebody else";
  if (const auto& configured = facts.rule_settings.loginuid_immutable) {
    return {agent_has_seat(facts) || other_has_seat(facts) ? Level::risk : Level::ok, name, what,
            "configured: --loginuid-immutable at " + configured->source +
            "; takes effect when spoor-agent starts, or is reloaded, with the seat"};
  }
  return {Level::risk, name, what,
          "the line --loginuid-immutable in a file of /etc/spoor/audit.d (containers that start "
          "sshd or cron lose their login uids by that)"};
}

}  // namespace spoor::agent
