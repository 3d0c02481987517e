// An event that is neither command nor loss, as a line for people. What comes out is safe to show
// (quoting.h). No state; any thread.
#pragma once

#include "collector/cli/styled_text.h"
#include "spoor/v1/event.pb.h"

namespace spoor::cli {

// Empty: its news is told elsewhere (the trail's head) or it is a step of no interest to people;
// --json has every one. What only a log file claims says so.
StyledText event_text(const v1::Event& event);

}  // namespace spoor::cli
