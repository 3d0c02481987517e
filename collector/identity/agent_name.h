// Names of agents, labels, and the patterns of tokens that they must fit. Pure; any thread.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "common/result.h"

namespace spoor::collector {

using Labels = std::map<std::string, std::string>;

// A name that an agent may have: 1 to 64 of `A-Z a-z 0-9 . _ -`, beginning with a letter or digit,
// and not `collector`, which is ours. `invalid` says what is wrong.
Status check_agent_name(const std::string& name);

// A name's characters and `*`, which stands for any number of them; at most 64 bytes, 8 stars.
Status check_name_pattern(const std::string& pattern);
bool fits_pattern(std::string_view name, std::string_view pattern);

// `env=prod`: key and value of 1 to 64 of a name's characters; the key begins with a letter.
Status add_label(const std::string& text, Labels& labels);
// A line each, and back (what is stored; `corrupt` where it is none of ours).
std::string labels_text(const Labels& labels);
Result<Labels> labels_from_text(std::string_view text);

}  // namespace spoor::collector
