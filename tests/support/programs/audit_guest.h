// A guest in the kernel's audit system: takes the seat of the audit daemon only if it is free, adds
// rules that see one login uid and nothing else, and puts everything back when it goes.
//
// Invariant: from enter() to the destructor the kernel has our rules; after it enabled, pid,
// backlog_limit and failure are what they were, and no rule is there whose key begins with
// `spoor-` and which is limited to that login uid. Rules of others are never touched.
// Owns both sockets: records come on one, everything asked goes over the other. One thread.
#pragma once

#include <libaudit.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "common/result.h"
#include "common/unique_fd.h"

namespace spoor::test {

struct AuditRecord {
  uint16_t type = 0;
  std::string_view text;  // until the next call
};

class AuditGuest {
 public:
  // `denied` when another process holds the seat or audit is locked until the next boot.
  static Result<AuditGuest> enter(uint32_t login_uid, const std::vector<std::string>& rule_files);
  AuditGuest(AuditGuest&&) = default;
  AuditGuest& operator=(AuditGuest&&) = delete;
  ~AuditGuest();

  int socket() const { return records_.get(); }
  // The next record; type 0: none is waiting.
  Result<AuditRecord> next();
  // True when the kernel's queue is empty.
  Result<bool> is_drained();
  // Records that the kernel says it dropped since enter().
  Result<uint32_t> lost();

 private:
  AuditGuest(uint32_t login_uid, UniqueFd control, UniqueFd records, audit_status found)
      : login_uid_(login_uid), control_(std::move(control)), records_(std::move(records)),
        found_(found) {}
  Status load(const std::string& rule_file);
  Status add(const std::string& line);

  uint32_t login_uid_;
  UniqueFd control_;
  UniqueFd records_;
  audit_status found_;
  std::vector<char> buffer_ = std::vector<char>(64 << 10);
};

}  // namespace spoor::test
