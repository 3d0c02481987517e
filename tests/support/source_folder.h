// Where this source tree lies: goldens, shipped rules and configuration are read there.
#pragma once

#include <string>

namespace spoor {

// `path` is relative to the tree's top: "tests/golden/records".
std::string in_source(const std::string& path);

}  // namespace spoor
