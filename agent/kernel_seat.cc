#include "agent/kernel_seat.h"

#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <optional>

#include "agent/rule_keeper.h"
#include "agent/rule_settings.h"
#include "agent/source/rule_data.h"
#include "common/files.h"
#include "common/log.h"

namespace spoor::agent {
namespace {

constexpr size_t kFoundBytesMax = 4096;

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

// Of a process that runs.
std::optional<std::string> name_of(uint32_t pid) {
  PosixFiles files;
  const auto comm = read_file(files, "/proc/" + std::to_string(pid) + "/comm", 64);
  if (!comm.is_ok()) return std::nullopt;
  return comm->substr(0, comm->find('\n'));
}

std::string join(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : ", ") + word;
  return text;
}

}  // namespace

Result<KernelSeat> KernelSeat::open(std::string state_folder) {
  ASSIGN_OR_RETURN(AuditControl control, AuditControl::open());
  return KernelSeat(std::move(control), std::move(state_folder));
}

Status KernelSeat::write_found(const AuditStatus& status) {
  PosixFiles files;
  RETURN_IF_ERROR(files.make_folder(state_folder_));
  // An older one tells what was there before a run that did not put things back.
  if (read_file(files, found_path(), kFoundBytesMax).is_ok()) return ok();
  return write_file(files, found_path(), encode_found(status));
}

Status KernelSeat::check_free() {
  ASSIGN_OR_RETURN(const AuditStatus status, control_.status());
  return check_free(status);
}

Status KernelSeat::check_free(const AuditStatus& status) {
  // The kernel notices that a daemon is gone when it next has something to tell it: until then it
  // names a process that is no more, and gives the seat to whoever asks.
  if (status.pid != 0 && name_of(status.pid)) {
    return denied("the audit socket is held by pid " + std::to_string(status.pid) + " (" +
                  *name_of(status.pid) +
                  "); one program at a time may be the audit daemon: stop it first");
  }
  return ok();
}

Status KernelSeat::take(AuditSocket& socket, uint32_t backlog_limit,
                        const AuditSocket::Sink& sink) {
  ASSIGN_OR_RETURN(const AuditStatus status, control_.status());
  RETURN_IF_ERROR(check_free(status));
  RETURN_IF_ERROR(write_found(status));
  const bool locked = status.enabled == kEnabledLocked;
  // Rules of a run before us stay: what they match meanwhile has serials, and so can be counted.
  if (!locked && status.backlog_limit < backlog_limit) {
    RETURN_IF_ERROR(control_.set_backlog_limit(backlog_limit));
  }
  RETURN_IF_ERROR(socket.take_seat(sink));
  became_own();
  return status.enabled == 0 ? control_.set_enabled(1) : ok();
}

bool KernelSeat::is_own() const { return holder_ == static_cast<uint32_t>(getpid()); }

void KernelSeat::became_own() { holder_ = static_cast<uint32_t>(getpid()); }

Status KernelSeat::inherit() {
  ASSIGN_OR_RETURN(const AuditStatus status, control_.status());
  if (status.pid == 0) return not_found("the kernel has given the audit seat up");
  holder_ = status.pid;
  return ok();
}

Result<uint32_t> KernelSeat::load(const RuleSet& set) {
  RuleKeeper keeper(copy_rules(set.rules), control_);
  const RuleReport report = keeper.check(Instant());
  if (const std::string rules = join(report.left_out); !rules.empty()) {
    log_info("{} rules are left out until what they watch is there, and spoor-agent may walk to "
             "it: {}", report.left_out.size(), rules);
  }
  if (report.state == RuleReport::State::locked) {
    log_warning("{}", describe(report));
    return report.rules;
  }
  if (report.state == RuleReport::State::failed) {
    if (!set.settings.keep_going) return unavailable(report.problem);
    log_error("{}; going on without it, as {} says", report.problem,
              set.settings.keep_going->source);
  }
  RETURN_IF_ERROR(apply_settings(set.settings, control_));
  RETURN_IF_ERROR(apply_lock(set.settings, control_));
  return report.rules;
}

Result<uint32_t> KernelSeat::lost_while_ours() {
  ASSIGN_OR_RETURN(const AuditStatus status, control_.status());
  if (status.pid == 0 || status.pid != holder_) {
    return denied("the audit seat was taken by pid " + std::to_string(status.pid) + " (" +
                  name_of(status.pid).value_or("gone") + ")");
  }
  return status.lost;
}

Result<std::vector<std::string>> KernelSeat::put_back() {
  ASSIGN_OR_RETURN(const AuditStatus now, control_.status());
  if (now.pid != 0 && name_of(now.pid) == "spoor-agent") {
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
