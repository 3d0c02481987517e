#include "agent/redact_check.h"

#include <nlohmann/json.hpp>
#include <span>

#include "common/quoting.h"

namespace spoor::agent {
namespace {

using Json = nlohmann::json;

void name_rules(const Matcher& matcher, const Secrets& secrets, CheckedLine& line) {
  for (const Secret& secret : secrets) {
    const std::string marker = matcher.rules().marker(secret.rule);
    line.rules.push_back(marker.substr(kMarkerBegin.size(),
                                       marker.size() - kMarkerBegin.size() - kMarkerEnd.size()));
  }
}

}  // namespace

CheckedLine check_line(Matcher& matcher, std::string_view line) {
  matcher.begin();
  const Secrets secrets = matcher.in_line(line, TextKind::any, CommandLine::Kind::shell);
  CheckedLine checked{matcher.blanked(line, secrets), {}};
  name_rules(matcher, secrets, checked);
  return checked;
}

Result<CheckedLine> check_arguments(Matcher& matcher, std::string_view json) {
  const Json parsed = Json::parse(json, nullptr, false);
  const bool is_array = parsed.is_array() && !parsed.empty();
  std::vector<std::string> words;
  for (const Json& word : is_array ? parsed : Json::array()) {
    if (word.is_string()) words.push_back(word.get<std::string>());
  }
  if (!is_array || words.size() != parsed.size()) {
    return invalid("no JSON array of strings: [\"mysql\", \"-psecret\"] is meant");
  }
  const std::vector<Argument> arguments = [&] {
    std::vector<Argument> made;
    for (const std::string& word : words) made.push_back({word, false});
    return made;
  }();
  matcher.begin();
  const Secrets secrets = matcher.in_arguments(arguments);
  CheckedLine checked;
  auto at = secrets.begin();
  for (uint32_t i = 0; i < words.size(); ++i) {
    const auto first = at;
    while (at != secrets.end() && at->target == i) ++at;
    if (i > 0) checked.text += ' ';
    checked.text += shell_quote(matcher.blanked(words[i], {first, at}), i == 0);
  }
  name_rules(matcher, secrets, checked);
  return checked;
}

}  // namespace spoor::agent
