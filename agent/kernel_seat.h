// The kernel's audit system as we use it: what it was before us, taking the seat, loading rules,
// and putting everything back. What was found is written down before anything is changed, so that
// `spoor-agent cleanup` can restore it after a crash, too.
#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include "agent/kernel_settings.h"
#include "agent/source/audit_control.h"
#include "agent/source/audit_rules.h"
#include "agent/source/audit_socket.h"

namespace spoor::agent {

// Who has the seat of the audit daemon.
struct SeatHolder {
  uint32_t pid = 0;     // 0: nobody
  bool is_us = false;
  // The kernel notices that a daemon is gone when it next has something to tell it: until then it
  // names a process that is no more, and gives the seat to whoever asks.
  bool lives = false;
  std::string name = {};  // its comm
  std::string exe = {};   // its program; where we may not see that, what it calls itself
  bool is_other() const { return lives && !is_us; }
  bool is_agent() const { return name == "spoor-agent"; }
};
// "pid 4711 (auditd)".
std::string describe(const SeatHolder& holder);

class KernelSeat {
 public:
  // `state_folder` holds the file `found`.
  static Result<std::unique_ptr<KernelSeat>> open(std::string state_folder);

  struct Look {
    AuditStatus status;
    SeatHolder holder;
  };
  Result<Look> look();

  // The kernel names `pid`, a process before us whose socket we have: its seat is ours, until it
  // gives way to one that we register ourselves. (Any thread.)
  void inherit(uint32_t pid) { inherited_ = pid; }
  bool is_inherited() const { return inherited_ != 0; }
  void became_own() { inherited_ = 0; }

  // Sets what is not as `settings` says, takes the seat through `socket`, and switches audit on.
  // Rules that a run before left stay: what they match meanwhile has serials, and so can be
  // counted. `denied`, naming the holder, when another program has the seat. Records that come
  // meanwhile go to `taker`.
  Status take(AuditSocket& socket, const KernelSettings& settings,
              const AuditSocket::Taker& taker);
  // The same where the seat is ours already, or came to us while we ran.
  Status settle_in(const KernelSettings& settings);
  Status repair(const SettingRepair& repair);
  // What a rule file sets besides, and its lock. Once the rules are loaded.
  Status apply(const RuleSettings& settings);
  // For the keeper of our rules; on the thread that has the seat.
  RuleKernel& rule_kernel() { return control_; }

  // Removes our rules and sets enabled, failure and backlog back as found. What was done, a line
  // each. `denied` while an agent still holds the seat.
  Result<std::vector<std::string>> put_back();

 private:
  KernelSeat(AuditControl control, std::string state_folder)
      : control_(std::move(control)), state_folder_(std::move(state_folder)) {}
  SeatHolder holder_of(uint32_t pid) const;
  Status set(const AuditStatus& status, const KernelSettings& settings);
  Status write_found(const AuditStatus& status);
  std::string found_path() const { return state_folder_ + "/found"; }

  AuditControl control_;
  std::string state_folder_;
  std::atomic<uint32_t> inherited_ = 0;
};

}  // namespace spoor::agent
