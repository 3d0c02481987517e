// A terminal's name in one form, whoever said it: the kernel's SYSCALL has pts0, programs have
// /dev/pts/0 or pts/0. Other words, `ssh` and `cron` among them, stay as they are. What the records
// say stays in their text and fields. No state; any thread.
#pragma once

#include <string_view>

#include "common/wire_writer.h"

namespace spoor::agent {

// Nothing for an empty one.
void put_terminal(WireWriter& to, int field, std::string_view said);

}  // namespace spoor::agent
