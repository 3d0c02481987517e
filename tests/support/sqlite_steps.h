// Every change that SQLite makes to a file, as a step that a test can count, fail or die before: a
// VFS that becomes SQLite's own for the rest of the program.
#pragma once

#include <functional>

namespace spoor {

// Called before each write, sync, truncation and removal of a file, by any thread; what is not 0 is
// SQLite's error for it, and the step is not done. Replaces the one before.
void watch_sqlite(std::function<int()> before_step);

}  // namespace spoor
