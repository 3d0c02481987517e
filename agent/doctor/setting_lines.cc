#include "agent/doctor/setting_lines.h"

#include <algorithm>

namespace spoor::agent {
namespace {

constexpr std::string_view kBlanks = " \t\r";

std::string_view trim(std::string_view text) {
  const size_t begin = text.find_first_not_of(kBlanks);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kBlanks) - begin + 1);
}

}  // namespace

std::string lower_case(std::string_view text) {
  std::string lower(text);
  std::transform(lower.begin(), lower.end(), lower.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return lower;
}

std::vector<std::string_view> lines_of(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const size_t end = std::min(text.find('\n'), text.size());
    lines.push_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

std::vector<std::string_view> words_of(std::string_view line) {
  std::vector<std::string_view> words;
  constexpr std::string_view kBetween = " \t\r\n";
  size_t at = line.find_first_not_of(kBetween);
  while (at != std::string_view::npos) {
    const size_t end = std::min(line.find_first_of(kBetween, at), line.size());
    words.push_back(line.substr(at, end - at));
    at = line.find_first_not_of(kBetween, end);
  }
  return words;
}

std::vector<std::string> settings(std::string_view text, std::string_view name, char separator) {
  std::vector<std::string> values;
  for (const std::string_view line : lines_of(text)) {
    const std::string_view bare = trim(line);
    const size_t at = bare.find(separator);
    if (bare.empty() || bare.front() == '#' || bare.front() == ';' || at == bare.npos) continue;
    if (lower_case(trim(bare.substr(0, at))) != lower_case(name)) continue;
    values.emplace_back(trim(bare.substr(at + 1)));
  }
  return values;
}

std::optional<std::string> setting(std::string_view text, std::string_view name, char separator) {
  std::vector<std::string> all = settings(text, name, separator);
  if (all.empty()) return std::nullopt;
  return std::move(all.back());
}

}  // namespace spoor::agent
