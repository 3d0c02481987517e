#include "audit_guest.h"

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <memory>
#include <sstream>

namespace spoor::test {
namespace {

constexpr uint32_t kBacklogLimit = 8192;
constexpr int kReceiveBufferBytes = 64 << 20;
constexpr std::string_view kKeyPrefix = "spoor-";

struct FreeRule {
  void operator()(audit_rule_data* rule) const { audit_rule_free_data(rule); }
};
using Rule = std::unique_ptr<audit_rule_data, FreeRule>;

// Waits for a reply of `type`; acknowledgements and records in between are passed over.
Status reply(int fd, int type, audit_reply& out) {
  for (;;) {
    pollfd ready{fd, POLLIN, 0};
    if (poll(&ready, 1, 2000) <= 0) return unavailable("the kernel's audit does not answer");
    const int got = audit_get_reply(fd, &out, GET_REPLY_NONBLOCKING, 0);
    if (got > 0 && (out.type == type || out.type == NLMSG_DONE)) return ok();
    if (got > 0 && out.type == NLMSG_ERROR && out.error->error != 0) {
      return from_errno(-out.error->error, "asking the kernel's audit");
    }
  }
}

Result<audit_status> status_of(int fd) {
  if (const int sent = audit_request_status(fd); sent <= 0) {
    return from_errno(sent < 0 ? -sent : EIO, "asking for the audit status");
  }
  audit_reply answer{};
  RETURN_IF_ERROR(reply(fd, AUDIT_GET, answer));
  return *answer.status;
}

// libaudit sets a key only for auditctl(8), which keeps state in the library for that.
void set_key(Rule& rule, const std::string& key) {
  const size_t size = sizeof(audit_rule_data) + rule->buflen;
  auto* grown = static_cast<audit_rule_data*>(std::realloc(rule.release(), size + key.size()));
  CHECK(grown != nullptr);
  rule.reset(grown);
  std::memcpy(grown->buf + grown->buflen, key.data(), key.size());
  grown->fields[grown->field_count] = AUDIT_FILTERKEY;
  grown->fieldflags[grown->field_count] = AUDIT_EQUAL;
  grown->values[grown->field_count++] = static_cast<uint32_t>(key.size());
  grown->buflen += static_cast<uint32_t>(key.size());
}

// Ours: the key says so, and the rule is limited to our login uid.
bool is_ours(const audit_rule_data& rule, uint32_t login_uid) {
  bool key = false, limited = false;
  const char* text = rule.buf;
  for (uint32_t i = 0; i < rule.field_count; ++i) {
    const uint32_t field = rule.fields[i], value = rule.values[i];
    if (field == AUDIT_LOGINUID && value == login_uid &&
        (rule.fieldflags[i] & AUDIT_OPERATORS) == AUDIT_EQUAL) {
      limited = true;
    }
    if (field == AUDIT_FILTERKEY) key = std::string_view(text, value).starts_with(kKeyPrefix);
    const bool has_text = field == AUDIT_FILTERKEY || field == AUDIT_WATCH || field == AUDIT_DIR ||
                          field == AUDIT_EXE ||
                          (field >= AUDIT_SUBJ_USER && field <= AUDIT_OBJ_LEV_HIGH);
    if (has_text) text += value;
  }
  return key && limited;
}

Status delete_our_rules(int fd, uint32_t login_uid) {
  if (const int sent = audit_request_rules_list_data(fd); sent <= 0) {
    return unavailable("asking for the audit rules");
  }
  std::vector<std::string> ours;
  for (;;) {
    audit_reply answer{};
    RETURN_IF_ERROR(reply(fd, AUDIT_LIST_RULES, answer));
    if (answer.type == NLMSG_DONE) break;
    if (!is_ours(*answer.ruledata, login_uid)) continue;
    ours.emplace_back(reinterpret_cast<const char*>(answer.ruledata),
                      sizeof(audit_rule_data) + answer.ruledata->buflen);
  }
  for (std::string& bytes : ours) {
    auto* rule = reinterpret_cast<audit_rule_data*>(bytes.data());
    audit_delete_rule_data(fd, rule, static_cast<int>(rule->flags), static_cast<int>(rule->action));
  }
  return ok();
}

}  // namespace

Result<AuditGuest> AuditGuest::enter(uint32_t login_uid, const std::vector<std::string>& files) {
  UniqueFd control(audit_open());
  if (!control.is_open()) return from_errno(errno, "opening the kernel's audit");
  ASSIGN_OR_RETURN(const audit_status found, status_of(control.get()));
  if (found.pid != 0) {
    return denied("process " + std::to_string(found.pid) + " is the audit daemon");
  }
  if (found.enabled == 2) return denied("audit is locked until the next boot");
  RETURN_IF_ERROR(delete_our_rules(control.get(), login_uid));
  UniqueFd records(audit_open());
  if (!records.is_open()) return from_errno(errno, "opening the kernel's audit");
  const int size = kReceiveBufferBytes;
  if (setsockopt(records.get(), SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof size) != 0) {
    return from_errno(errno, "enlarging the receive buffer");
  }
  AuditGuest guest(login_uid, std::move(control), std::move(records), found);
  if (const int set = audit_set_pid(guest.records_.get(), static_cast<uint32_t>(getpid()), WAIT_NO);
      set < 0) {
    return from_errno(-set, "becoming the audit daemon");
  }
  audit_set_backlog_limit(guest.control_.get(), kBacklogLimit);
  for (const std::string& file : files) RETURN_IF_ERROR(guest.load(file));
  audit_set_enabled(guest.control_.get(), 1);
  return guest;
}

AuditGuest::~AuditGuest() {
  if (!control_.is_open()) return;
  // What cannot be put back has no better place to be told than the next enter().
  static_cast<void>(delete_our_rules(control_.get(), login_uid_));
  audit_set_enabled(control_.get(), found_.enabled);
  audit_set_backlog_limit(control_.get(), found_.backlog_limit);
  audit_set_failure(control_.get(), found_.failure);
  audit_status leave{};
  leave.mask = AUDIT_STATUS_PID;
  struct {
    nlmsghdr header;
    audit_status status;
  } message{{sizeof message, AUDIT_SET, NLM_F_REQUEST, 0, 0}, leave};
  send(records_.get(), &message, sizeof message, MSG_DONTWAIT);
}

Result<AuditRecord> AuditGuest::next() {
  const ssize_t size =
      recv(records_.get(), buffer_.data(), buffer_.size(), MSG_DONTWAIT | MSG_TRUNC);
  if (size < 0 && (errno == EAGAIN || errno == EINTR)) return AuditRecord{};
  if (size < 0) return from_errno(errno, "reading a record");
  if (static_cast<size_t>(size) > buffer_.size()) return corrupt("a record longer than the buffer");
  if (static_cast<size_t>(size) < sizeof(nlmsghdr)) return corrupt("a record without a header");
  nlmsghdr header;
  std::memcpy(&header, buffer_.data(), sizeof header);
  // The header's own length is not that of the datagram for records: the datagram's counts.
  return AuditRecord{header.nlmsg_type, {buffer_.data() + sizeof header,
                                         static_cast<size_t>(size) - sizeof header}};
}

Result<bool> AuditGuest::is_drained() {
  ASSIGN_OR_RETURN(const audit_status now, status_of(control_.get()));
  return now.backlog == 0;
}

Result<uint32_t> AuditGuest::lost() {
  ASSIGN_OR_RETURN(const audit_status now, status_of(control_.get()));
  return now.lost - found_.lost;
}

Status AuditGuest::load(const std::string& rule_file) {
  std::ifstream file(rule_file);
  if (!file) return not_found(rule_file);
  int number = 0;
  for (std::string line; std::getline(file, line);) {
    ++number;
    if (line.empty() || line[0] == '#') continue;
    RETURN_IF_ERROR(add(line).with_context(rule_file + ":" + std::to_string(number)));
  }
  return ok();
}

// `-a always,exit -F arch=b64 -S execve,execveat -k spoor-commands`: the part of auditctl(8)'s
// language that the rules here use.
Status AuditGuest::add(const std::string& line) {
  Rule rule(audit_rule_create_data());
  auto field = [&rule](const std::string& text) {
    audit_rule_data* raw = rule.release();
    const int done = audit_rule_fieldpair_data(&raw, text.c_str(), AUDIT_FILTER_EXIT);
    rule.reset(raw);
    return done == 0 ? ok() : invalid("field " + text);
  };
  RETURN_IF_ERROR(field("auid=" + std::to_string(login_uid_)));
  std::istringstream words(line);
  for (std::string word, value; words >> word >> value;) {
    if (word == "-F") {
      RETURN_IF_ERROR(field(value));
    } else if (word == "-k") {
      set_key(rule, value);
    } else if (word == "-S") {
      std::istringstream names(value);
      for (std::string name; std::getline(names, name, ',');) {
        if (audit_rule_syscallbyname_data(rule.get(), name.c_str()) != 0) {
          return invalid("system call " + name);
        }
      }
    } else if (word != "-a" || value != "always,exit") {
      return invalid(word + " " + value + " (only -a always,exit, -F, -S and -k)");
    }
  }
  const int added =
      audit_add_rule_data(control_.get(), rule.get(), AUDIT_FILTER_EXIT, AUDIT_ALWAYS);
  return added > 0 ? ok() : from_errno(added < 0 ? -added : EIO, "adding the rule");
}

}  // namespace spoor::test
