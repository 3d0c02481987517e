// Plays a recording through the agent's pipeline as a fixed host and gives what comes out of the
// frames, so that goldens show what a collector would see.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "agent/playback.h"
#include "spoor/v1/event.pb.h"

namespace spoor::agent {

struct Played {
  PlaybackResult result;
  uint64_t undecoded = 0;
  std::vector<v1::Event> events;  // by order
  std::vector<v1::EventText> texts;
};

Played play_as_fixed_host(std::string_view recording);

// One event on one line: text format, long values by size and hash.
std::string line_of(const v1::Event& event);

// Compares with the file, or writes it where SPOOR_WRITE_GOLDEN is set.
void expect_golden(const std::string& path, const std::string& text);

}  // namespace spoor::agent
