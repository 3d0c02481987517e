// What the kernel's security modules decided, and what it found odd by itself: one record of AVC
// (SELinux, AppArmor, Smack), APPARMOR_*, SECCOMP, LANDLOCK_* or the kernel's ANOM_*. Only after
// decode_fields(). All views are into the event, or static. Pure.
#pragma once

#include <cstdint>

#include "agent/model.h"

namespace spoor::agent {

bool is_decision(uint16_t record_type);
// Of a record of which that is true, and of USER_AVC: what a program (dbus-daemon, systemd) decided
// by the policy of SELinux or AppArmor, in its own word.
SecurityDecision decision_of(const AuditEvent& event, const AuditEvent::Record& record);

}  // namespace spoor::agent
