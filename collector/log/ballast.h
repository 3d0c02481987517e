// Space on the log's disk that is held for the worst day: given up when the disk is full, so that
// the collector can still write what happened to it. Where it stands again there is room for the
// log, too. Used by the log writer's thread.
#pragma once

#include <string>

#include "common/files.h"

namespace spoor::collector {

class Ballast {
 public:
  // `bytes` 0: none is kept. `files` outlives it.
  Ballast(Files& files, const std::string& folder, uint64_t bytes)
      : files_(files), path_(folder + "/ballast"), bytes_(bytes) {}

  // Ok: the space is held, and `beside` bytes more were free. `full` when there is not as much;
  // then it holds none.
  Status restore(uint64_t beside = 0);
  void give_up();

 private:
  Files& files_;
  const std::string path_;
  const uint64_t bytes_;
};

}  // namespace spoor::collector
