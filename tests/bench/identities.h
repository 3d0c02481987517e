// Identities of a fleet, from real enrolments: each agent makes a key, asks the collector with a
// token, and gets its certificate from spoor-collector-ca. Kept in a file, so that later runs need
// not enrol anew. Blocking.
#pragma once

#include <string>
#include <vector>

#include "tests/bench/bench_agent.h"

namespace spoor::bench {

// `count` hosts named bench00001 and on, over TLS that is checked against `root` (PEM). Aborts, and
// says why, when one is refused.
std::vector<AgentIdentity> enrol_fleet(const std::string& address, const std::string& root,
                                       const std::string& token, size_t count);

void write_identities(const std::string& path, const std::vector<AgentIdentity>& fleet);
// At least `count`; aborts otherwise.
std::vector<AgentIdentity> read_identities(const std::string& path, size_t count);

}  // namespace spoor::bench
