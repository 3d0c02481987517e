// Lines of logs as bytes, which cross a thread and outlive the process (agent/source/read_ring.h).
// Whoever reads them believes no length. No state.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "agent/log_line.h"

namespace spoor::agent {

// `to` is replaced.
void write_log_item(const LogItem& item, std::string& to);
// Views into `bytes`; nullopt where they make no item.
std::optional<LogItem> read_log_item(std::string_view bytes);

}  // namespace spoor::agent
