// Files of settings, one a line, as auditd.conf(5), systemd.syntax(7) and /proc/PID/status have
// them: `NAME SEPARATOR VALUE`, with blanks around each and comments that begin with # or ;. The
// writers are root, but the files may be torn, and nothing is believed about their size.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace spoor::agent {

// The value of each line with that name, in order. Names are compared without regard to case, as
// auditd does; systemd's and the kernel's never differ in case alone.
std::vector<std::string> settings(std::string_view text, std::string_view name, char separator);
// The last of them: the one in force. nullopt: there is none.
std::optional<std::string> setting(std::string_view text, std::string_view name, char separator);

// The words of a line: of the kernel's command line, of a PAM stack.
std::vector<std::string_view> words_of(std::string_view line);
// Lines without their ends.
std::vector<std::string_view> lines_of(std::string_view text);
std::string lower_case(std::string_view text);

}  // namespace spoor::agent
