// The small files that hold an id: /etc/machine-id (machine-id(5)), the kernel's boot id, and that
// of the log that this host is bound to. Any thread.
#pragma once

#include <string>

#include "common/bytes.h"
#include "common/files.h"

namespace spoor::uplink {

// 32 hex digits, with dashes between them or without; `invalid` for anything else.
Result<Id> read_id_file(Files& files, const std::string& path);

}  // namespace spoor::uplink
