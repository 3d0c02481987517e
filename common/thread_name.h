// Names the calling thread, as ps(1), top(1) and a debugger show it: at most 15 bytes.
#pragma once

#include <pthread.h>

namespace spoor {

inline void name_this_thread(const char* name) { pthread_setname_np(pthread_self(), name); }

}  // namespace spoor
