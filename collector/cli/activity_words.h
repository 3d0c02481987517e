// What a command did to files and to the network, and what was typed, each as a line for people.
// Everything that comes out is safe to show (quoting.h). No state; any thread.
#pragma once

#include <cstdint>
#include <string>

#include "collector/cli/styled_text.h"
#include "spoor/v1/event.pb.h"

namespace spoor::cli {

// `EACCES`, `error 4711`
std::string error_name(int32_t number);

// `created /srv/www/index.html`, `could not delete /etc/shadow: EACCES`. A name whose directory is
// not known stands behind what is known of it: `<dir 00fe:11018533>/newfile`, as a warning.
StyledText file_text(const v1::Event& event);
// `connected to 203.0.113.9:443 (tcp)`
StyledText network_text(const v1::Event& event);
// `typed in python3: import os`
StyledText input_text(const v1::TypedInput& input);

}  // namespace spoor::cli
