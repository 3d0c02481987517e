// How long something takes, of the processor: others may be busy on it.
#pragma once

#include <ctime>

namespace spoor {

template <typename Work>
double seconds(const Work& work) {
  const auto now = [] {
    timespec time;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
  };
  const double begin = now();
  work();
  return now() - begin;
}

}  // namespace spoor
