// The one document of a YAML file. yaml-cpp's LoadAll() is not used: on some broken input it makes
// empty documents without end.
#pragma once

#include <yaml-cpp/yaml.h>

#include <optional>
#include <string>

namespace spoor {

struct YamlDocument {
  YAML::Node root;                   // null for an empty file
  std::optional<YAML::Mark> second;  // where another document begins, if one does
};

// Throws YAML::Exception where the text is no YAML: whoever calls this catches it.
YamlDocument load_yaml(const std::string& text);

}  // namespace spoor
