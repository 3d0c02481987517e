// What becomes of the facts of a replay: lines of JSON, sealed frames, or a table for a person.
#pragma once

#include <functional>
#include <string_view>

#include "agent/model.h"
#include "common/result.h"

namespace spoor::agent {

class ReplayOutput {
 public:
  virtual ~ReplayOutput() = default;
  // `host` is the one whose records these are. The fact is valid until this returns. A failure ends
  // the replay.
  virtual Status add(const Fact& fact, const Host& host) = 0;
  // No more will come.
  virtual Status finish() = 0;
};

// Takes text that somebody reads, all of it or not at all: the program's standard output.
using TextOutput = std::function<Status(std::string_view)>;

}  // namespace spoor::agent
