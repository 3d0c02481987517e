#include "tests/support/source_folder.h"

namespace spoor {

// The one file that knows: a build elsewhere finds all others compiled already.
std::string in_source(const std::string& path) { return SPOOR_SOURCE "/" + path; }

}  // namespace spoor
