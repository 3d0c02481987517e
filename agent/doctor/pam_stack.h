// PAM's services and whether a session through them gets a login uid: pam_loginuid(8) must stand in
// the session stack. Follows `@include`, and `include` and `substack` of lines of the session type
// (pam.conf(5)). Reads through the door to the disk; never uses PAM.
#pragma once

#include <string>
#include <vector>

#include "agent/doctor/host_facts.h"
#include "common/files.h"

namespace spoor::agent {

// The services by which somebody enters a host or something begins to work for somebody.
inline constexpr const char* kEntryServices[] = {
    "sshd", "login", "remote", "cron", "crond", "atd", "systemd-user", "gdm-password",
    "gdm-autologin", "lightdm", "sddm", "xrdp-sesman", "cockpit"};

// Those of kEntryServices that `folders` (the first that has it wins, as PAM does) know.
Result<std::vector<PamService>> read_pam_services(
    Files& files, const std::vector<std::string>& folders = {"/etc/pam.d", "/usr/lib/pam.d"});

}  // namespace spoor::agent
