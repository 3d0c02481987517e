// Gathers HostFacts: once, at the command's start, through the doors to the disk and to the system.
// What cannot be read becomes an unknown fact with its reason; nothing here fails.
#pragma once

#include "agent/config.h"
#include "agent/doctor/host_calls.h"
#include "agent/doctor/host_facts.h"
#include "common/files.h"

namespace spoor::agent {

HostFacts survey(Files& files, HostCalls& calls, const Config& config);

}  // namespace spoor::agent
