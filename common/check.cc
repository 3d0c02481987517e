#include "common/check.h"

#include <cstdio>
#include <cstdlib>

namespace spoor {

void check_failed(const char* file, int line, const char* condition) {
  std::fprintf(stderr, "%s:%d: this must hold and does not: %s\n", file, line, condition);
  std::abort();
}

}  // namespace spoor
