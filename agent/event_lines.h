// A replay as JSON: one event a line, as proto/json.h says it. Gathers lines into large writes.
#pragma once

#include <string>

#include "agent/event_messages.h"
#include "agent/replay_output.h"
#include "proto/json.h"

namespace spoor::agent {

class EventLines final : public ReplayOutput {
 public:
  explicit EventLines(TextOutput output);
  Status add(const Fact& fact, const Host& host) override;
  Status finish() override;

 private:
  TextOutput output_;
  JsonWriter json_;
  EventMessages messages_;
  std::string lines_;
};

}  // namespace spoor::agent
