// The system calls that name or change files: what each does, and which of its arguments say more
// than its PATH records. By name, so that one table serves every architecture, and io_uring, whose
// operations bear the calls' names (common/audit/names.h). After section 2 of the manual and fs/*.c
// of 6.18. Thread-safe: the table is constant.
#pragma once

#include <cstdint>
#include <string_view>

#include "agent/activity_fact.h"

namespace spoor::agent {

// What a call's name is relative to: an argument that is a directory's descriptor, or one of these.
enum FileBase : int8_t {
  kBaseUnknown = -1,  // io_uring's and others' arguments are not recorded
  kBaseCwd = -2,
  kBaseFile = -3,     // no name: the call is given the file's own descriptor
  kBaseNone = -4,     // the call has no such name
  kBaseText = -5,     // a link's target: text that the kernel does not follow
};

struct FileCall {
  std::string_view name;
  FileAccess::Operation operation = FileAccess::Operation::unknown;  // read_open: by its flags
  int8_t base = kBaseCwd;
  int8_t new_base = kBaseNone;
  int8_t mode = -1;   // the argument that is a file mode
  int8_t flags = -1;  // … open flags
  int8_t owner = -1;  // … a uid, and the one behind it a gid
};

// Null: no such call.
const FileCall* file_call(std::string_view name);

}  // namespace spoor::agent
