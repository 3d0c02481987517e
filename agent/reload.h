// Whether a SIGHUP may be followed: what would be wrong with going on under the configuration that
// now lies there. Reads files, so not for the capture thread (agent/lookup.h asks it).
#pragma once

#include <string>
#include <vector>

#include "agent/config.h"

namespace spoor::agent {

class ReloadCheck {
 public:
  // `config` is what we run with, of the file at `config_path` if there is one.
  ReloadCheck(std::string config_path, const Config& config);

  // A line each; none: go on.
  std::vector<std::string> problems() const;

 private:
  std::string config_path_;
  Config config_;
  bool defaults_;  // there was no file when we started
};

}  // namespace spoor::agent
