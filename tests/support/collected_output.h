// A replay's output kept in memory: the facts' kinds and hosts, or a failure at a chosen fact.
#pragma once

#include <string>
#include <vector>

#include "agent/replay_output.h"

namespace spoor::agent {

class CollectedOutput final : public ReplayOutput {
 public:
  Status add(const Fact& fact, const Host& host) override {
    if (facts.size() == fails_at) return unavailable("the output is gone");
    boots.push_back(host.boot_id);
    facts.push_back(host.name + ":" + std::to_string(fact.audit ? fact.audit->key.serial : 0));
    return ok();
  }
  Status finish() override {
    ++finished;
    return ok();
  }

  std::vector<std::string> facts;  // host:serial
  std::vector<Id> boots;           // of each
  size_t fails_at = static_cast<size_t>(-1);
  int finished = 0;
};

}  // namespace spoor::agent
