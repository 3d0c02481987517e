// The small files that name a machine: /etc/machine-id (machine-id(5)) and the kernel's boot id.
// Any thread.
#pragma once

#include <string>

#include "common/bytes.h"
#include "common/files.h"

namespace spoor::uplink {

// 32 hex digits, with dashes between them or without; `invalid` for anything else.
Result<Id> read_machine_id(Files& files, const std::string& path);

}  // namespace spoor::uplink
