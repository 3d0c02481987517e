// EXECVE records: the arguments of one command, over any number of records.
#pragma once

#include <string_view>

#include "agent/model.h"

namespace spoor::agent {

// Adds one EXECVE body to into.exec. Records, arguments and pieces may come in any order; the first
// of two that claim the same place wins. False: something in it made no sense, the rest was taken.
bool decode_execve(std::string_view body, AuditEvent& into);

}  // namespace spoor::agent
