// CHECK states what must be true if our own code is right. It is always on and must have no side
// effect. What comes from outside is never CHECKed: that is a Status.
#pragma once

namespace spoor {
// Prints file, line and condition to stderr and aborts.
[[noreturn]] void check_failed(const char* file, int line, const char* condition);
}  // namespace spoor

#define CHECK(condition) \
  (static_cast<bool>(condition) ? void() : ::spoor::check_failed(__FILE__, __LINE__, #condition))
