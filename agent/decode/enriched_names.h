// The names that auditd puts behind a record (log_format = ENRICHED, after 0x1D): those of the host
// that wrote the log, at that time. For display; the numbers are the evidence.
#pragma once

#include <string_view>

#include "agent/model.h"

namespace spoor::agent {

// Learns the names of the record's auid, uid and euid. A text without such names changes nothing.
void learn_names(std::string_view text, Names& names);

}  // namespace spoor::agent
