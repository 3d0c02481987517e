#include "common/yaml_document.h"

#include <yaml-cpp/eventhandler.h>

#include <sstream>

namespace spoor {
namespace {

// Of all that a parser tells, where documents begin.
class Beginnings final : public YAML::EventHandler {
 public:
  size_t count = 0;
  YAML::Mark last;

  void OnDocumentStart(const YAML::Mark& mark) override {
    ++count;
    last = mark;
  }
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark&, YAML::anchor_t) override {}
  void OnAlias(const YAML::Mark&, YAML::anchor_t) override {}
  void OnScalar(const YAML::Mark&, const std::string&, YAML::anchor_t,
                const std::string&) override {}
  void OnSequenceStart(const YAML::Mark&, const std::string&, YAML::anchor_t,
                       YAML::EmitterStyle::value) override {}
  void OnSequenceEnd() override {}
  void OnMapStart(const YAML::Mark&, const std::string&, YAML::anchor_t,
                  YAML::EmitterStyle::value) override {}
  void OnMapEnd() override {}
};

}  // namespace

YamlDocument load_yaml(const std::string& text) {
  YamlDocument document{YAML::Load(text), {}};
  std::istringstream stream(text);
  YAML::Parser parser(stream);
  Beginnings beginnings;
  while (beginnings.count < 2 && parser.HandleNextDocument(beginnings)) continue;
  if (beginnings.count > 1) document.second = beginnings.last;
  return document;
}

}  // namespace spoor
