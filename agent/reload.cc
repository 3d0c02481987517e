#include "agent/reload.h"

#include <unistd.h>

#include <utility>

#include "agent/privilege.h"
#include "agent/redact_files.h"
#include "agent/rule_settings.h"

namespace spoor::agent {
namespace {

bool is_there(const std::string& path) { return access(path.c_str(), F_OK) == 0; }

// The sandbox was closed around these when the first image started.
bool same_folders(const Config& a, const Config& b) {
  return confinement_of(a, "/") == confinement_of(b, "/");
}

}  // namespace

ReloadCheck::ReloadCheck(std::string config_path, const Config& config)
    : config_path_(std::move(config_path)), config_(config), defaults_(!is_there(config_path_)) {}

std::vector<std::string> ReloadCheck::problems() const {
  // Everything has a default; but a file that was there is missed.
  const bool defaults = defaults_ && !is_there(config_path_);
  const LoadedConfig loaded = defaults ? LoadedConfig() : load_config(config_path_);
  std::vector<std::string> problems = loaded.problems;
  if (problems.empty()) {
    problems = wanted_rules(loaded.config).problems;
    for (std::string& problem : read_redact_rules(loaded.config.redact_folders).problems) {
      problems.push_back(std::move(problem));
    }
    if (!same_folders(loaded.config, config_)) {
      problems.push_back(config_path_ +
                         ": folders cannot change in a reload, since the sandbox "
                         "was built around them; restart spoor-agent");
    }
  }
  const auto binary = own_binary();
  if (!binary.is_ok() || access(binary->c_str(), X_OK) != 0) {
    problems.push_back("the program to go on with is not there (an upgrade under way?)");
  }
  return problems;
}

}  // namespace spoor::agent
