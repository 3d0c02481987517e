// The 128-bit id of a session: the same on every event of it, on this host and boot only. The
// session's scope is the kernel's audit session number (`ses`); where the login uid is unset, the
// container or systemd unit with its start.
#pragma once

#include "agent/model.h"

namespace spoor::agent {

// First 16 bytes of SHA-256("spoor session" ‖ machine id ‖ boot id ‖ ses, little endian).
Id session_uid(const Host& host, uint32_t ses);
// … ‖ boot id ‖ 0xFFFFFFFF ‖ start, little endian ‖ unit).
Id session_uid(const Host& host, std::string_view unit, int64_t started_ns);

}  // namespace spoor::agent
