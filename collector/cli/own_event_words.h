// An event of the collector's own, or a failed login, as a line for people. What comes out is safe
// to show (quoting.h). No state; any thread.
#pragma once

#include "collector/cli/styled_text.h"
#include "spoor/v1/event.pb.h"

namespace spoor::cli {

// Never empty: of a kind that this program does not know, its name.
StyledText own_event_text(const v1::Event& event);

}  // namespace spoor::cli
