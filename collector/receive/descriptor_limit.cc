#include "collector/receive/descriptor_limit.h"

#include <sys/resource.h>

#include <algorithm>

#include "common/check.h"

namespace spoor::collector {

size_t raise_descriptor_limit(size_t wanted) {
  rlimit limit{};
  CHECK(::getrlimit(RLIMIT_NOFILE, &limit) == 0);
  const rlim_t before = limit.rlim_cur;
  limit.rlim_cur = std::max(before, std::min<rlim_t>(wanted, limit.rlim_max));
  return ::setrlimit(RLIMIT_NOFILE, &limit) == 0 ? limit.rlim_cur : before;
}

}  // namespace spoor::collector
