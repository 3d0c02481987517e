// Joins what a program called a file with the folder it was in, as far as words alone can tell
// which file that is. `.` and doubled slashes go. `..` goes only in front, where the folder before
// it is the working directory: the kernel writes that one without links (d_path). Behind any other
// name `..` stays, since that name may be a link, and its parent elsewhere. Pure.
#pragma once

#include <string>
#include <string_view>

namespace spoor::agent {

// `cwd` counts where `name` is relative. False, with `out` empty: cwd is no folder that could be
// named: not known, or deleted.
bool absolute_path(std::string_view cwd, std::string_view name, std::string& out);

// "/etc" of "/etc/passwd", "/" of "/etc"; of an absolute path without a slash at its end.
std::string_view folder_of(std::string_view path);
// "passwd" of "etc/passwd" and of "passwd/". Empty for `.`, `..` and nothing.
std::string_view last_name(std::string_view name);

// Whether the absolute path leads through a link that each process sees otherwise: /proc/PID/cwd,
// root, exe, fd and map_files, wherever that proc is mounted, and /dev/fd, stdin, stdout, stderr.
// What a link of somebody's own leads to is not in the words.
bool passes_process_link(std::string_view path);

}  // namespace spoor::agent
