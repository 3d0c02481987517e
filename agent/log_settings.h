// Which PAM and sshd logs are read. Plain data.
#pragma once

#include <string>
#include <vector>

namespace spoor::agent {

struct LogSettings {
  // The systemd journal: auto (where there is one), on or off.
  std::string journal = "auto";
  // Where the journal is not read. Files that are not there may come.
  std::vector<std::string> files = {"/var/log/auth.log", "/var/log/secure"};
};

}  // namespace spoor::agent
