#include "collector/identity/agent_name.h"

#include <algorithm>

#include "collector/limits.h"
#include "common/quoting.h"

namespace spoor::collector {
namespace {

constexpr std::string_view kOurs = "collector";
constexpr long kStarsMax = 8;

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_of_name(char c) {
  return is_letter(c) || is_digit(c) || c == '.' || c == '_' || c == '-';
}
bool is_word(std::string_view text) {
  return !text.empty() && text.size() <= kAgentNameMax &&
         std::all_of(text.begin(), text.end(), is_of_name);
}

}  // namespace

Status check_agent_name(const std::string& name) {
  if (!is_word(name) || (!is_letter(name.front()) && !is_digit(name.front()))) {
    return invalid("an agent's name has 1 to 64 of A-Z a-z 0-9 . _ - and begins with a letter or "
                   "digit, not: " + visible(name.substr(0, kAgentNameMax)));
  }
  if (name == kOurs) return invalid("the name `collector` is the collector's own");
  return ok();
}

Status check_name_pattern(const std::string& pattern) {
  std::string rest = pattern;
  const auto stars = std::erase(rest, '*');
  const bool fits = pattern.size() <= kAgentNameMax && (rest.empty() || is_word(rest)) &&
                    stars <= static_cast<size_t>(kStarsMax) && !pattern.empty();
  if (fits) return ok();
  return invalid("a pattern is a name in which * stands for any characters, at most 64 bytes and "
                 "8 stars, not: " + visible(pattern.substr(0, kAgentNameMax)));
}

bool fits_pattern(std::string_view name, std::string_view pattern) {
  const size_t star = pattern.find('*');
  if (star == std::string_view::npos) return name == pattern;
  if (!name.starts_with(pattern.substr(0, star))) return false;
  name.remove_prefix(star);
  pattern.remove_prefix(star + 1);
  // Each piece between stars at its first place; the last one at the end.
  for (size_t next = pattern.find('*'); next != std::string_view::npos; next = pattern.find('*')) {
    const size_t at = name.find(pattern.substr(0, next));
    if (at == std::string_view::npos) return false;
    name.remove_prefix(at + next);
    pattern.remove_prefix(next + 1);
  }
  return name.ends_with(pattern);
}

Status add_label(const std::string& text, Labels& labels) {
  const size_t equals = text.find('=');
  const std::string key = text.substr(0, equals);
  const std::string value = equals == std::string::npos ? "" : text.substr(equals + 1);
  if (!is_word(key) || !is_letter(key.front()) || !is_word(value)) {
    return invalid("a label is KEY=VALUE of 1 to 64 of A-Z a-z 0-9 . _ - each, not: " +
                   visible(text.substr(0, 2 * kAgentNameMax)));
  }
  if (!labels.emplace(key, value).second) return invalid("the label " + key + " is there twice");
  if (labels.size() > kLabelsMax) return invalid("more than 16 labels");
  return ok();
}

std::string labels_text(const Labels& labels) {
  std::string out;
  for (const auto& [key, value] : labels) out += key + '=' + value + '\n';
  return out;
}

Result<Labels> labels_from_text(std::string_view text) {
  Labels out;
  while (!text.empty()) {
    const size_t end = text.find('\n');
    if (end == std::string_view::npos || !add_label(std::string(text.substr(0, end)), out).is_ok())
      return corrupt("stored labels that are none");
    text.remove_prefix(end + 1);
  }
  return out;
}

}  // namespace spoor::collector
