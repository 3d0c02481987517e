#include "agent/source/audit_control.h"

#include <libaudit.h>
#include <poll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "agent/source/rule_data.h"

namespace spoor::agent {
namespace {

// The kernel answers at once; who waits longer would keep a stop waiting, too.
constexpr int kReplyTimeoutMs = 2'000;
// For a list of kRulesMax rules, with what the kernel keeps of each message beside it. The kernel
// waits a tenth of a second for who does not read (kernel/audit.c, audit_net_init), and leaves out
// what then finds no room: a busy machine may not let us read within that, and a socket's usual
// buffer is full with a hundred rules.
constexpr int kAnswerBytesMax = 8 << 20;

// libaudit returns a negative errno or, for some calls, sets errno and returns -1.
Status failed(int result, const std::string& what) {
  return from_errno(result < -1 ? -result : errno, what);
}

// The next reply on the control socket, whole.
Status next_reply(int fd, audit_reply& reply) {
  pollfd wait{fd, POLLIN, 0};
  while (true) {
    const int ready = poll(&wait, 1, kReplyTimeoutMs);
    if (ready < 0 && errno == EINTR) continue;
    if (ready <= 0) return unavailable("the kernel's audit system did not answer");
    const int size = audit_get_reply(fd, &reply, GET_REPLY_NONBLOCKING, 0);
    if (size > 0) return ok();
    if (size == -EAGAIN || size == 0) continue;
    return failed(size, "reading an answer of the audit system");
  }
}

}  // namespace

int64_t kernel_tick_ns() {
  timespec tick{};
  clock_getres(CLOCK_MONOTONIC_COARSE, &tick);
  return tick.tv_sec * 1'000'000'000 + tick.tv_nsec;
}

Result<AuditControl> AuditControl::open() {
  UniqueFd fd(audit_open());
  if (!fd.is_open()) return from_errno(errno, "opening the audit control socket");
  // Without CAP_NET_ADMIN it stays as it is: who may only look lists what there is room for.
  const int bytes = kAnswerBytesMax;
  (void)setsockopt(fd.get(), SOL_SOCKET, SO_RCVBUFFORCE, &bytes, sizeof bytes);
  return AuditControl(std::move(fd));
}

Result<AuditStatus> AuditControl::status() {
  const int sent = audit_request_status(fd_.get());
  if (sent <= 0) return failed(sent, "asking for the audit status");
  audit_reply reply{};
  while (true) {
    RETURN_IF_ERROR(next_reply(fd_.get(), reply));
    if (reply.type == NLMSG_ERROR && reply.error->error != 0) {
      return from_errno(-reply.error->error, "asking for the audit status");
    }
    if (reply.type != AUDIT_GET) continue;
    // An older kernel's answer is shorter; what it does not know is 0.
    audit_status s{};
    std::memcpy(&s, reply.status, std::min(sizeof s, size_t{reply.nlh->nlmsg_len} - NLMSG_HDRLEN));
    return AuditStatus{s.enabled, s.failure,           s.pid,        s.backlog_limit,
                       s.lost,    s.backlog_wait_time, s.rate_limit, s.backlog_wait_time_actual,
                       s.backlog};
  }
}

Status AuditControl::set_enabled(uint32_t value) {
  const int result = audit_set_enabled(fd_.get(), value);
  return result > 0 ? ok() : failed(result, "switching kernel audit");
}
Status AuditControl::set_failure(uint32_t value) {
  const int result = audit_set_failure(fd_.get(), value);
  return result > 0 ? ok() : failed(result, "setting the audit failure mode");
}
Status AuditControl::set_backlog_limit(uint32_t records) {
  const int result = audit_set_backlog_limit(fd_.get(), records);
  return result > 0 ? ok() : failed(result, "setting the audit backlog limit");
}
Status AuditControl::set_backlog_wait_time(uint32_t ticks) {
  const int result = audit_set_backlog_wait_time(fd_.get(), ticks);
  return result > 0 ? ok() : failed(result, "setting the audit backlog wait time");
}

Status AuditControl::set_rate_limit(uint32_t records_per_second) {
  const int result = audit_set_rate_limit(fd_.get(), records_per_second);
  return result > 0 ? ok() : failed(result, "setting the audit rate limit");
}
Status AuditControl::set_loginuid_immutable() {
  const int result = audit_set_loginuid_immutable(fd_.get());
  return result > 0 ? ok() : failed(result, "making login uids immutable");
}
Status AuditControl::reset_lost() {
  const int result = audit_reset_lost(fd_.get());
  return result >= 0 ? ok() : failed(result, "resetting the kernel's count of lost records");
}
Status AuditControl::reset_backlog_wait() {
  const int result = audit_reset_backlog_wait_time_actual(fd_.get());
  return result >= 0 ? ok() : failed(result, "resetting the kernel's count of waits");
}

Result<bool> AuditControl::locked() {
  ASSIGN_OR_RETURN(const AuditStatus now, status());
  return now.enabled == kEnabledLocked;
}

Result<std::vector<AuditRule>> AuditControl::rules() {
  const int sent = audit_request_rules_list_data(fd_.get());
  if (sent <= 0) return failed(sent, "asking for the audit rules");
  std::vector<AuditRule> found;
  audit_reply reply{};
  while (true) {
    RETURN_IF_ERROR(next_reply(fd_.get(), reply));
    if (reply.type == NLMSG_DONE) return found;
    if (reply.type == NLMSG_ERROR && reply.error->error != 0) {
      return from_errno(-reply.error->error, "asking for the audit rules");
    }
    if (reply.type != AUDIT_LIST_RULES) continue;
    const size_t size = sizeof(audit_rule_data) + reply.ruledata->buflen;
    if (size > static_cast<size_t>(reply.len))
      return corrupt("an audit rule longer than its message");
    AuditRule rule;
    rule.data.reset(static_cast<audit_rule_data*>(std::malloc(size)));
    std::memcpy(rule.data.get(), reply.ruledata, size);
    rule.key = key_of(*rule.data);
    found.push_back(std::move(rule));
  }
}

Status AuditControl::add(const AuditRule& rule) {
  const int result = audit_add_rule_data(fd_.get(), rule.data.get(),
                                         static_cast<int>(rule.data->flags),
                                         static_cast<int>(rule.data->action));
  if (result > 0 || result == -EEXIST || (result == -1 && errno == EEXIST)) return ok();
  return failed(result, "adding the audit rule of " + rule.source);
}

Status AuditControl::remove(const AuditRule& rule) {
  const int result = audit_delete_rule_data(fd_.get(), rule.data.get(),
                                            static_cast<int>(list_of(*rule.data)),
                                            static_cast<int>(rule.data->action));
  if (result > 0 || result == -ENOENT || (result == -1 && errno == ENOENT)) return ok();
  return failed(result, "removing an audit rule with the key " + rule.key);
}

RuleKernel::Place place_of(const AuditRule& rule) {
  using Place = RuleKernel::Place;
  for (const RuleField& field : fields_of(*rule.data)) {
    std::string path(field.text);
    int wanted = F_OK;
    if (field.field == AUDIT_WATCH || field.field == AUDIT_EXE) {
      // A file may come later; its folder must be there, and the kernel looks into it as we could.
      path.resize(path.rfind('/') + 1);
      wanted = X_OK;
    } else if (field.field != AUDIT_DIR) {
      continue;
    }
    if (access(path.c_str(), wanted) == 0) continue;
    return errno == ENOENT || errno == ENOTDIR ? Place::missing : Place::unknown;
  }
  return Place::there;
}

}  // namespace spoor::agent
