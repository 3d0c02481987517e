// How many descriptors this process may have open: a connection is one.
#pragma once

#include <cstddef>

namespace spoor::collector {

// Raises the limit to `wanted`, or as far as the system lets us; never lowers it. What it is then.
size_t raise_descriptor_limit(size_t wanted);

}  // namespace spoor::collector
