// Additions to a file of systemd's: NAME.d/*.conf of several folders (systemd.unit(5),
// journald.conf(5)). They count in the order of their names, whatever their folders, the last one
// most; of two with one name that of the stronger folder is there, and the other is not.
#pragma once

#include <string>
#include <vector>

#include "agent/doctor/host_calls.h"
#include "common/files.h"

namespace spoor::agent {

struct SettingsFile {
  std::string path, text;
};

// Nothing where the file is masked by a link to /dev/null; `not_found` where it is not there.
Result<std::string> read_settings(Files& files, HostCalls& calls, const std::string& path);
// `folders`: the strongest first. Those that are not there have none.
Result<std::vector<SettingsFile>> read_additions(Files& files, HostCalls& calls,
                                                 const std::vector<std::string>& folders);

}  // namespace spoor::agent
