// The head of a trail: who, how, from where, with which key; when; how much; with which other
// sessions it belongs. A function of its input and the process's time zone; any thread.
#pragma once

#include <string>
#include <vector>

#include "collector/cli/styled_text.h"
#include "spoor/v1/query.pb.h"

namespace spoor::cli {

// One line as groups that stand side by side, each folded to a line of its own where it must be.
using Groups = std::vector<StyledText>;

// Empty groups are there, too.
std::vector<Groups> head_lines(const v1::Session& session);

// The key or what else proved the login, in a few columns: `key 7KpY3hQm`, `cert alice@corp`,
// `password`; empty if not known.
std::string credential_word(const v1::Session& session);

// Nothing of the session can still run.
bool has_ended(const v1::Session& session);

}  // namespace spoor::cli
