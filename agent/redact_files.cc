#include "agent/redact_files.h"

#include "agent/limits.h"
#include "common/files.h"

namespace spoor::agent {
namespace {

LoadedRedactRules read(std::vector<RuleFile> rules, const std::vector<std::string>& folders,
                       bool must_exist) {
  PosixFiles files;
  std::vector<std::string> problems;
  for (const std::string& folder : folders) {
    const auto names = files.list(folder);
    if (!names.is_ok()) {
      if (must_exist || names.code() != Code::not_found) {
        problems.push_back(folder + ": " + names.status().message());
      }
      continue;
    }
    for (const std::string& name : *names) {
      if (!name.ends_with(".yml")) continue;
      const std::string path = folder + "/" + name;
      auto text = read_file(files, path, kRuleFileBytesMax);
      if (text.is_ok()) rules.push_back({path, std::move(text).value()});
      else problems.push_back(path + ": " + text.status().message());
    }
  }
  LoadedRedactRules loaded = load_redact_rules(rules);
  loaded.problems.insert(loaded.problems.begin(), problems.begin(), problems.end());
  return loaded;
}

}  // namespace

LoadedRedactRules read_redact_rules(const std::vector<std::string>& folders) {
  return read(shipped_redact_rules(), folders, false);
}

LoadedRedactRules read_only_redact_rules(const std::vector<std::string>& folders) {
  return read({}, folders, true);
}

}  // namespace spoor::agent
