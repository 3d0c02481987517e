#include "agent/kernel_seat.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>

#include "agent/rule_settings.h"
#include "agent/source/rule_line.h"
#include "common/files.h"
#include "common/log.h"

namespace spoor::agent {
namespace {

constexpr size_t kFoundBytesMax = 4096;
constexpr size_t kNameBytesMax = 64;
constexpr size_t kPathBytesMax = 4096;

std::string encode_found(const AuditStatus& s) {
  return "enabled " + std::to_string(s.enabled) + "\nfailure " + std::to_string(s.failure) +
         "\nbacklog_limit " + std::to_string(s.backlog_limit) + "\nbacklog_wait_time " +
         std::to_string(s.backlog_wait_time) + "\nrate_limit " + std::to_string(s.rate_limit) +
         "\n";
}

Result<AuditStatus> decode_found(const std::string& text) {
  AuditStatus s;
  const int read = std::sscanf(text.c_str(),
                               "enabled %u\nfailure %u\nbacklog_limit %u\nbacklog_wait_time %u\n"
                               "rate_limit %u\n",
                               &s.enabled, &s.failure, &s.backlog_limit, &s.backlog_wait_time,
                               &s.rate_limit);
  if (read != 5) return corrupt("it does not hold what spoor-agent writes there");
  return s;
}

std::string first_line(const Result<std::string>& text) {
  return text.is_ok() ? text->substr(0, text->find_first_of(std::string_view("\n\0", 2))) : "";
}

}  // namespace

std::string describe(const SeatHolder& holder) {
  return "pid " + std::to_string(holder.pid) + " (" +
         (holder.name.empty() ? "gone" : holder.name) + ")";
}

Result<std::unique_ptr<KernelSeat>> KernelSeat::open(std::string state_folder) {
  ASSIGN_OR_RETURN(AuditControl control, AuditControl::open());
  return std::unique_ptr<KernelSeat>(
      new KernelSeat(std::move(control), std::move(state_folder)));
}

SeatHolder KernelSeat::holder_of(uint32_t pid) const {
  SeatHolder holder;
  holder.pid = pid;
  if (pid == 0) return holder;
  holder.is_us = pid == static_cast<uint32_t>(getpid()) || pid == inherited_;
  PosixFiles files;
  const std::string folder = "/proc/" + std::to_string(pid);
  const auto name = read_file(files, folder + "/comm", kNameBytesMax);
  holder.lives = name.is_ok();
  holder.name = first_line(name);
  // Whose program a process runs is only for those to see who could trace it: for us before we
  // confine ourselves.
  std::array<char, kPathBytesMax> path;
  const ssize_t size = readlink((folder + "/exe").c_str(), path.data(), path.size());
  if (size > 0) holder.exe.assign(path.data(), static_cast<size_t>(size));
  else holder.exe = first_line(read_file(files, folder + "/cmdline", kPathBytesMax));
  return holder;
}

Status KernelSeat::write_found(const AuditStatus& status) {
  PosixFiles files;
  RETURN_IF_ERROR(files.make_folder(state_folder_));
  // An older one tells what was there before a run that did not put things back.
  if (read_file(files, found_path(), kFoundBytesMax).is_ok()) return ok();
  return write_file(files, found_path(), encode_found(status));
}

Result<KernelSeat::Look> KernelSeat::look() {
  ASSIGN_OR_RETURN(const AuditStatus status, control_.status());
  return Look{status, holder_of(status.pid)};
}

Status KernelSeat::take(AuditSocket& socket, const KernelSettings& settings,
                        const AuditSocket::Taker& taker) {
  ASSIGN_OR_RETURN(const Look now, look());
  if (now.holder.is_other()) {
    return denied("the audit socket is held by " + describe(now.holder) +
                  "; one program at a time may be the audit daemon: stop it first");
  }
  // Before the first record is queued for us.
  RETURN_IF_ERROR(set(now.status, settings));
  RETURN_IF_ERROR(socket.take_seat(taker));
  return now.status.enabled == 0 ? control_.set_enabled(1) : ok();
}

Status KernelSeat::set(const AuditStatus& status, const KernelSettings& settings) {
  RETURN_IF_ERROR(write_found(status));
  for (const SettingRepair& wrong : SettingsKeeper(settings, kernel_tick_ns()).wrong(status)) {
    RETURN_IF_ERROR(repair(wrong));
  }
  return ok();
}

Status KernelSeat::settle_in(const KernelSettings& settings) {
  ASSIGN_OR_RETURN(const AuditStatus status, control_.status());
  RETURN_IF_ERROR(set(status, settings));
  return status.enabled == 0 ? control_.set_enabled(1) : ok();
}

Status KernelSeat::repair(const SettingRepair& repair) {
  switch (repair.setting) {
    case SettingRepair::Setting::backlog_limit: return control_.set_backlog_limit(repair.value);
    case SettingRepair::Setting::backlog_wait_time:
      return control_.set_backlog_wait_time(repair.value);
    case SettingRepair::Setting::failure: return control_.set_failure(repair.value);
    case SettingRepair::Setting::rate_limit: return control_.set_rate_limit(repair.value);
  }
  return internal("no such setting");
}

Status KernelSeat::apply(const RuleSettings& settings) {
  RETURN_IF_ERROR(apply_settings(settings, control_));
  return apply_lock(settings, control_);
}

Result<std::vector<std::string>> KernelSeat::put_back() {
  ASSIGN_OR_RETURN(const Look found_now, look());
  const AuditStatus& now = found_now.status;
  if (found_now.holder.is_other() && found_now.holder.is_agent()) {
    return denied("spoor-agent still runs as pid " + std::to_string(now.pid) + ": stop it first");
  }
  if (now.enabled == kEnabledLocked) {
    ASSIGN_OR_RETURN(const std::vector<AuditRule> there, control_.rules());
    return denied("audit is locked until the next boot (auditctl -e 2): " +
                  std::to_string(std::count_if(there.begin(), there.end(), is_our_rule)) +
                  " rules with our key and the settings stay; the boot takes them away");
  }
  std::vector<std::string> done;
  ASSIGN_OR_RETURN(const uint32_t removed, remove_our_rules(control_));
  done.push_back("removed " + std::to_string(removed) + " audit rules with our key");
  PosixFiles files;
  const auto text = read_file(files, found_path(), kFoundBytesMax);
  if (text.code() == Code::not_found) {
    done.push_back("no settings to restore: none were changed");
    return done;
  }
  if (!text.is_ok()) return text.status();
  const auto found = decode_found(*text);
  if (!found.is_ok()) return found.status().with_context(found_path());
  if (now.backlog_limit != found->backlog_limit) {
    RETURN_IF_ERROR(control_.set_backlog_limit(found->backlog_limit));
    done.push_back("backlog_limit " + std::to_string(found->backlog_limit));
  }
  if (now.backlog_wait_time != found->backlog_wait_time) {
    RETURN_IF_ERROR(control_.set_backlog_wait_time(found->backlog_wait_time));
    done.push_back("backlog_wait_time " + std::to_string(found->backlog_wait_time));
  }
  if (now.rate_limit != found->rate_limit) {
    RETURN_IF_ERROR(control_.set_rate_limit(found->rate_limit));
    done.push_back("rate_limit " + std::to_string(found->rate_limit));
  }
  if (now.failure != found->failure) {
    RETURN_IF_ERROR(control_.set_failure(found->failure));
    done.push_back("failure " + std::to_string(found->failure));
  }
  if (now.enabled != found->enabled) {
    RETURN_IF_ERROR(control_.set_enabled(found->enabled));
    done.push_back("enabled " + std::to_string(found->enabled));
  }
  RETURN_IF_ERROR(files.remove(found_path()));
  return done;
}

}  // namespace spoor::agent
